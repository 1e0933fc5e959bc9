import * as agentic from "pulumi-agentic";

const vpc = agentic.ec2.getVpcOutput({ default: true });
const subnetIds = agentic.ec2.getSubnetsOutput({ vpcId: vpc.id }).ids;
const place = { vpcId: vpc.id, subnetIds, skipFinalSnapshot: true };

const orders = new agentic.DbWithReplica("orders", { ...place, replicas: 0 });
const snapshot = new agentic.rds.Snapshot("before", { dbInstanceIdentifier: orders.identifier });
const restored = new agentic.DbWithReplica("orders-restored", {
    ...place,
    replicas: 0,
    snapshotIdentifier: snapshot.dbSnapshotIdentifier,
});
const latest = new agentic.DbWithReplica("orders-latest", {
    ...place,
    replicas: 1,
    restoreToPointInTime: { sourceDbInstanceIdentifier: orders.identifier, useLatestRestorableTime: true },
});

const events = new agentic.AuroraCluster("events", place);
const taken = new agentic.rds.ClusterSnapshot("taken", { dbClusterIdentifier: events.clusterIdentifier });
const again = new agentic.AuroraCluster("events-restored", {
    ...place,
    snapshotIdentifier: taken.dbClusterSnapshotIdentifier,
});

export const endpoints = [orders.endpoint, restored.endpoint, latest.endpoint, events.endpoint, again.endpoint];
