//! Resources that take time: after a change they stay in a passing state for
//! a number of polls, where moto is done at once.

use crate::call::{Call, Http};
use crate::tree;
use crate::wire::{self, Answer, AwsError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, VecDeque};

/// A kind of resource whose state can be held, and what its API calls things.
struct Kind {
    service: &'static str,
    name: &'static str,
    /// The fields of the id and of the state, in the same object of an answer.
    id: &'static str,
    state: &'static str,
    /// Fields further down that show the same state.
    also: &'static str,
    /// Operations that start a change, and the states it goes through.
    changes: &'static [(&'static str, &'static [&'static str])],
    delete: Option<Delete>,
    /// Operations that poll.
    polls: &'static [&'static str],
}

/// A deletion that is put off: moto keeps the resource, and all that depends
/// on it, until the last poll.
struct Delete {
    operation: &'static str,
    states: &'static [&'static str],
    /// The first poll operation's parameters that name one resource, and where
    /// the deletion has their values. `[]` makes a list.
    lookup: &'static [(&'static str, &'static str)],
    /// What the deletion answers.
    reply: Reply,
    /// A field and a value with which AWS refuses the deletion, as moto does.
    refused: Option<(&'static str, &'static str)>,
    /// The error of a second deletion meanwhile.
    again: Option<(&'static str, &'static str)>,
}

enum Reply {
    /// The resource under this name.
    Resource(&'static str),
    /// The id alone.
    Id,
    Nothing,
}

const KINDS: &[Kind] = &[
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
    Kind {
        service: "rds",
        name: "DBInstance",
        id: "DBInstanceIdentifier",
        state: "DBInstanceStatus",
        also: "",
        changes: &[
            ("CreateDBInstance", &["creating", "configuring-enhanced-monitoring", "backing-up"]),
            ("CreateDBInstanceReadReplica", &["creating"]),
            ("RestoreDBInstanceFromDBSnapshot", &["creating", "modifying"]),
            ("RestoreDBInstanceToPointInTime", &["creating", "modifying"]),
            ("ModifyDBInstance", &["modifying"]),
            ("PromoteReadReplica", &["modifying"]),
            ("RebootDBInstance", &["rebooting"]),
            ("StartDBInstance", &["starting"]),
            ("StopDBInstance", &["stopping"]),
        ],
        delete: Some(Delete {
            operation: "DeleteDBInstance",
            states: &["deleting"],
            lookup: &[("DBInstanceIdentifier", "DBInstanceIdentifier")],
            reply: Reply::Resource("DBInstance"),
            refused: Some(("DeletionProtection", "true")),
            again: Some(("InvalidDBInstanceState", "Instance {id} is already being deleted.")),
        }),
        polls: &["DescribeDBInstances"],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html#Aurora.Status
    Kind {
        service: "rds",
        name: "DBCluster",
        id: "DBClusterIdentifier",
        state: "Status",
        also: "",
        changes: &[
            ("CreateDBCluster", &["creating"]),
            ("RestoreDBClusterFromSnapshot", &["creating"]),
            ("RestoreDBClusterToPointInTime", &["creating"]),
            ("ModifyDBCluster", &["modifying"]),
        ],
        delete: Some(Delete {
            operation: "DeleteDBCluster",
            states: &["deleting"],
            lookup: &[("DBClusterIdentifier", "DBClusterIdentifier")],
            reply: Reply::Resource("DBCluster"),
            refused: Some(("DeletionProtection", "true")),
            again: Some(("InvalidDBClusterStateFault", "Cluster {id} is already being deleted.")),
        }),
        polls: &["DescribeDBClusters"],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html
    Kind {
        service: "rds",
        name: "DBSnapshot",
        id: "DBSnapshotIdentifier",
        state: "Status",
        also: "",
        changes: &[("CreateDBSnapshot", &["creating"])],
        delete: None,
        polls: &["DescribeDBSnapshots"],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBClusterSnapshot.html
    Kind {
        service: "rds",
        name: "DBClusterSnapshot",
        id: "DBClusterSnapshotIdentifier",
        state: "Status",
        also: "",
        changes: &[("CreateDBClusterSnapshot", &["creating"])],
        delete: None,
        polls: &["DescribeDBClusterSnapshots"],
    },
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html
    Kind {
        service: "elasticache",
        name: "ReplicationGroup",
        id: "ReplicationGroupId",
        state: "Status",
        also: "",
        changes: &[
            ("CreateReplicationGroup", &["creating"]),
            ("ModifyReplicationGroup", &["modifying"]),
            ("ModifyReplicationGroupShardConfiguration", &["modifying"]),
            ("IncreaseReplicaCount", &["modifying"]),
            ("DecreaseReplicaCount", &["modifying"]),
        ],
        delete: Some(Delete {
            operation: "DeleteReplicationGroup",
            states: &["deleting"],
            lookup: &[("ReplicationGroupId", "ReplicationGroupId")],
            reply: Reply::Resource("ReplicationGroup"),
            refused: None,
            again: Some(("InvalidReplicationGroupState", "Replication group {id} is already being deleted.")),
        }),
        polls: &["DescribeReplicationGroups"],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html
    Kind {
        service: "ec2",
        name: "NatGateway",
        id: "natGatewayId",
        state: "state",
        also: "",
        changes: &[("CreateNatGateway", &["pending"])],
        delete: Some(Delete {
            operation: "DeleteNatGateway",
            states: &["deleting"],
            lookup: &[("NatGatewayId.1", "NatGatewayId")],
            reply: Reply::Id,
            refused: None,
            again: None,
        }),
        polls: &["DescribeNatGateways"],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
    Kind {
        service: "ec2",
        name: "VpcEndpoint",
        id: "vpcEndpointId",
        state: "state",
        also: "",
        changes: &[("CreateVpcEndpoint", &["pending"])],
        delete: Some(Delete {
            operation: "DeleteVpcEndpoints",
            states: &["deleting"],
            lookup: &[("VpcEndpointId.1", "VpcEndpointId")],
            reply: Reply::Nothing,
            refused: None,
            again: None,
        }),
        polls: &["DescribeVpcEndpoints"],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html
    Kind {
        service: "ec2",
        name: "Vpc",
        id: "vpcId",
        state: "state",
        also: "",
        changes: &[("CreateVpc", &["pending"])],
        delete: None,
        polls: &["DescribeVpcs"],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html
    Kind {
        service: "ec2",
        name: "Subnet",
        id: "subnetId",
        state: "state",
        also: "",
        changes: &[("CreateSubnet", &["pending"])],
        delete: None,
        polls: &["DescribeSubnets"],
    },
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerState.html
    Kind {
        service: "elasticloadbalancing",
        name: "LoadBalancer",
        id: "LoadBalancerArn",
        state: "State.Code",
        also: "",
        changes: &[("CreateLoadBalancer", &["provisioning"])],
        delete: None,
        polls: &["DescribeLoadBalancers"],
    },
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html
    Kind {
        service: "ecs",
        name: "Cluster",
        id: "clusterArn",
        state: "status",
        also: "",
        changes: &[("CreateCluster", &["PROVISIONING"]), ("DeleteCluster", &["DEPROVISIONING"])],
        delete: None,
        polls: &["DescribeClusters"],
    },
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
    Kind {
        service: "ecs",
        name: "Service",
        id: "serviceArn",
        state: "status",
        also: "",
        changes: &[],
        delete: Some(Delete {
            operation: "DeleteService",
            states: &["DRAINING"],
            lookup: &[("cluster", "cluster"), ("services[]", "service")],
            reply: Reply::Resource("service"),
            refused: None,
            again: None,
        }),
        polls: &["DescribeServices"],
    },
    // https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
    Kind {
        service: "acm",
        name: "Certificate",
        id: "CertificateArn",
        state: "Status",
        also: "ValidationStatus",
        changes: &[("RequestCertificate", &["PENDING_VALIDATION"])],
        delete: None,
        polls: &["DescribeCertificate"],
    },
    // The validation records are not there at once:
    // https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
    Kind {
        service: "acm",
        name: "ValidationRecords",
        id: "CertificateArn",
        state: "DomainValidationOptions",
        also: "",
        changes: &[("RequestCertificate", &[""])],
        delete: None,
        polls: &["DescribeCertificate"],
    },
    // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Distribution.html
    Kind {
        service: "cloudfront",
        name: "Distribution",
        id: "Id",
        state: "Status",
        also: "",
        changes: &[("CreateDistributionWithTags", &["InProgress"]), ("UpdateDistribution", &["InProgress"])],
        delete: None,
        polls: &["GetDistribution"],
    },
    // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Invalidation.html
    Kind {
        service: "cloudfront",
        name: "Invalidation",
        id: "Id",
        state: "Status",
        also: "",
        changes: &[("CreateInvalidation", &["InProgress"])],
        delete: None,
        polls: &["GetInvalidation"],
    },
    // https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeInfo.html
    Kind {
        service: "route53",
        name: "Change",
        id: "Id",
        state: "Status",
        also: "",
        changes: &[
            ("ChangeResourceRecordSets", &["PENDING"]),
            ("CreateHostedZone", &["PENDING"]),
            ("DeleteHostedZone", &["PENDING"]),
        ],
        delete: None,
        polls: &["GetChange"],
    },
];

fn kinds(service: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| kind.service == service)
}

/// What the test wants for a kind.
#[derive(Clone, Debug, Default)]
struct Wish {
    /// Polls of the usual states.
    polls: usize,
    /// Polls in other states, by operation.
    states: HashMap<String, Vec<String>>,
    /// Where the next new resource ends up.
    end: Option<End>,
}

/// A state that a resource comes to and stays in, with what AWS says besides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct End {
    pub state: String,
    #[serde(default)]
    pub fields: Vec<(String, String)>,
}

/// A resource that is on its way.
#[derive(Debug)]
struct Held {
    states: VecDeque<String>,
    end: Option<End>,
    /// The deletion to be made when the states have all been seen.
    deletion: Option<Http>,
}

/// All wishes, and all resources that are on their way.
#[derive(Debug, Default)]
pub struct Holds {
    wishes: HashMap<(&'static str, &'static str), Wish>,
    held: HashMap<Key, Held>,
}

/// Service, kind, region and id.
type Key = (&'static str, &'static str, String, String);

fn key(kind: &Kind, call: &Call, id: &str) -> Key {
    // Route 53 takes and gives the ids of changes with and without this.
    let id = id.trim_start_matches("/change/");
    (kind.service, kind.name, call.region.clone(), id.into())
}

impl Holds {
    /// The wish for a kind, or an error if there is no such kind in the table.
    fn wish(&mut self, service: &str, name: &str) -> Result<&mut Wish, String> {
        let kind = kinds(service).find(|kind| kind.name == name);
        let kind = kind.ok_or_else(|| format!("no state to hold is known for {service} {name}"))?;
        Ok(self.wishes.entry((kind.service, kind.name)).or_default())
    }

    pub fn hold(&mut self, service: &str, name: &str, polls: usize) -> Result<(), String> {
        self.wish(service, name)?.polls = polls;
        Ok(())
    }

    pub fn states(
        &mut self,
        service: &str,
        name: &str,
        operation: &str,
        states: Vec<String>,
    ) -> Result<(), String> {
        self.wish(service, name)?.states.insert(operation.into(), states);
        Ok(())
    }

    pub fn end(&mut self, service: &str, name: &str, end: End) -> Result<(), String> {
        self.wish(service, name)?.end = Some(end);
        Ok(())
    }

    /// Whether the answer to this call may have to be changed.
    pub fn concern(&self, call: &Call) -> bool {
        self.wishes.keys().any(|(service, _)| *service == call.service)
    }

    /// Whether a resource is on its way out.
    pub fn is_going(&self, call: &Call, id: &str) -> bool {
        self.held.iter().any(|((service, _, region, held_id), held)| {
            *service == call.service && *region == call.region && held_id == id && held.deletion.is_some()
        })
    }

    /// The states that a change goes through, one a poll.
    fn script(&self, kind: &Kind, operation: &str, usual: &[&str]) -> VecDeque<String> {
        let Some(wish) = self.wishes.get(&(kind.service, kind.name)) else {
            return VecDeque::new();
        };
        match wish.states.get(operation) {
            Some(states) => states.iter().cloned().collect(),
            None => (0..wish.polls).map(|poll| usual[poll * usual.len() / wish.polls].to_string()).collect(),
        }
    }

    /// Deletions whose last poll is over, to be made before this call.
    pub fn due(&mut self, call: &Call) -> Vec<Http> {
        let polled = |service: &str, name: &str| {
            kinds(service).any(|kind| kind.name == name && kind.polls.contains(&call.operation.as_str()))
        };
        let due = |key: &Key, held: &mut Held| {
            let over = held.deletion.is_some() && held.states.is_empty();
            over && key.0 == call.service && key.2 == call.region && polled(key.0, key.1)
        };
        self.held.extract_if(due).filter_map(|(_, held)| held.deletion).collect()
    }

    /// The call with which to look a resource up before its deletion, if that
    /// deletion is to be put off.
    pub fn lookup(&self, call: &Call) -> Option<(&'static str, Value)> {
        let (kind, delete) = deletion(call)?;
        if self.script(kind, delete.operation, delete.states).is_empty() {
            return None;
        }
        let mut params = Map::new();
        for (name, from) in delete.lookup {
            let value = match call.params.get(from) {
                Some(Value::Array(items)) if items.len() == 1 => items[0].clone(),
                Some(value) => value.clone(),
                None => continue,
            };
            match name.strip_suffix("[]") {
                Some(name) => params.insert(name.into(), json!([value])),
                None => params.insert((*name).into(), value),
            };
        }
        Some((kind.polls[0], Value::Object(params)))
    }

    /// Puts a deletion off and answers it, unless the resource that was looked
    /// up is not there or AWS refuses.
    pub fn put_off(&mut self, call: &Call, found: &Value) -> Option<Answer> {
        let (kind, delete) = deletion(call)?;
        let mut resource = (*tree::nodes(found, kind.id).first()?).clone();
        let refused = delete.refused.is_some_and(|(field, value)| tree::text(&resource, field) == value);
        if refused {
            return None;
        }
        let id = tree::text(&resource, kind.id);
        let key = key(kind, call, &id);
        let states = self.script(kind, delete.operation, delete.states);
        if self.held.get(&key).is_some_and(|held| held.deletion.is_some()) {
            if let Some((code, message)) = delete.again {
                let error = AwsError::new(400, code, message.replace("{id}", &id));
                return Some(wire::error(call.protocol, &call.service, &error));
            }
        } else {
            let held = Held { states, end: None, deletion: Some(call.http.clone()) };
            held.show(kind, &mut resource);
            self.held.insert(key, held);
        }
        let members = match delete.reply {
            Reply::Resource(name) => tree::object(name, resource),
            Reply::Id => tree::object(kind.id, id.into()),
            Reply::Nothing => json!({}),
        };
        Some(wire::success(call.protocol, &call.operation, members))
    }

    /// Changes the states in an answer.
    pub fn after(&mut self, call: &Call, answer: &mut Value) {
        for kind in kinds(&call.service) {
            let change = kind.changes.iter().find(|(operation, _)| *operation == call.operation);
            if let Some((operation, usual)) = change {
                let states = self.script(kind, operation, usual);
                let wish = self.wishes.get_mut(&(kind.service, kind.name));
                let end = wish.and_then(|wish| wish.end.take());
                tree::change(answer, kind.id, &mut |node| {
                    let key = key(kind, call, &tree::text(node, kind.id));
                    let held = Held { states: states.clone(), end: end.clone(), deletion: None };
                    held.show(kind, node);
                    self.held.insert(key, held);
                });
            } else if kind.polls.contains(&call.operation.as_str()) {
                tree::change(answer, kind.id, &mut |node| {
                    let key = key(kind, call, &tree::text(node, kind.id));
                    if let Some(held) = self.held.get_mut(&key) {
                        held.show(kind, node);
                        held.states.pop_front();
                    }
                });
            }
        }
    }
}

impl Held {
    fn show(&self, kind: &Kind, node: &mut Value) {
        let state = match (self.states.front(), &self.end) {
            (Some(state), _) => state,
            (None, Some(end)) => {
                if let Value::Object(node) = node {
                    node.extend(end.fields.iter().map(|(name, text)| (name.clone(), text.as_str().into())));
                }
                &end.state
            }
            (None, None) => return,
        };
        tree::set(node, kind.state, state);
        if !kind.also.is_empty() {
            tree::change(node, kind.also, &mut |node| tree::set(node, kind.also, state));
        }
    }
}

fn deletion(call: &Call) -> Option<(&'static Kind, &'static Delete)> {
    kinds(&call.service)
        .filter_map(|kind| Some((kind, kind.delete.as_ref()?)))
        .find(|(_, delete)| delete.operation == call.operation)
}
