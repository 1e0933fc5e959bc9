//! What instances of a group are launched from.

use aws_sdk_autoscaling::types;

use crate::model::Model;

/// A launch template of an Auto Scaling group.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateOfGroup {
    /// The ID of the launch template. Conflicts with `name`.
    pub id: Option<String>,
    /// The name of the launch template. Conflicts with `id`.
    pub name: Option<String>,
    /// The version: a number, `$Latest` or `$Default`.
    #[model(default = "$Default")]
    pub version: String,
}

/// A mixed instances policy: a launch template together with instance types and purchase options.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct MixedInstancesPolicy {
    /// The distribution of On-Demand Instances and Spot Instances. Defaults to On-Demand Instances
    /// only.
    #[model(aws_default)]
    pub instances_distribution: Option<InstancesDistribution>,
    /// The launch template, and the overrides of its settings.
    pub launch_template: MixedLaunchTemplate,
}

/// The distribution of On-Demand Instances and Spot Instances.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct InstancesDistribution {
    /// The strategy that selects the instance types of On-Demand Instances. Defaults to
    /// `prioritized`, which follows the order of `overrides`.
    #[model(aws_default, one_of = ["prioritized", "lowest-price"])]
    pub on_demand_allocation_strategy: Option<String>,
    /// The minimum number of On-Demand Instances. Defaults to 0.
    #[model(aws_default, range = 0..=1_000_000)]
    pub on_demand_base_capacity: Option<i64>,
    /// The percentage of On-Demand Instances beyond the base capacity. Defaults to 100.
    #[model(aws_default, range = 0..=100)]
    pub on_demand_percentage_above_base_capacity: Option<i64>,
    /// The strategy that selects Spot Instances. Defaults to `lowest-price`.
    #[model(
        aws_default,
        one_of = [
            "lowest-price",
            "capacity-optimized",
            "capacity-optimized-prioritized",
            "price-capacity-optimized",
        ]
    )]
    pub spot_allocation_strategy: Option<String>,
    /// The number of Spot pools for the strategy `lowest-price`. Defaults to 2.
    #[model(aws_default, range = 0..=20)]
    pub spot_instance_pools: Option<i64>,
    /// The maximum price per hour of a Spot Instance, in US dollars. Defaults to the On-Demand
    /// price.
    #[model(aws_default)]
    pub spot_max_price: Option<String>,
}

/// A launch template, and the overrides of its settings.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct MixedLaunchTemplate {
    /// The launch template.
    pub launch_template_specification: LaunchTemplateSpecification,
    /// The instance types to choose from.
    #[model(default = [], length = 0..=40)]
    pub overrides: Vec<LaunchTemplateOverride>,
}

/// A launch template.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateSpecification {
    /// The ID of the launch template. Conflicts with `launchTemplateName`.
    pub launch_template_id: Option<String>,
    /// The name of the launch template. Conflicts with `launchTemplateId`.
    pub launch_template_name: Option<String>,
    /// The version: a number, `$Latest` or `$Default`.
    #[model(default = "$Default")]
    pub version: String,
}

/// An instance type to choose from.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct LaunchTemplateOverride {
    /// The instance type, such as `c6i.large`.
    pub instance_type: Option<String>,
    /// The launch template of the instance type, if it requires a different one.
    pub launch_template_specification: Option<LaunchTemplateSpecification>,
    /// The number of capacity units that an instance of this type provides, from 1 to 999.
    pub weighted_capacity: Option<String>,
}

/// What AWS stands for where no version is given.
const DEFAULT: &str = "$Default";

impl LaunchTemplateOfGroup {
    pub(super) fn to_aws(&self) -> types::LaunchTemplateSpecification {
        types::LaunchTemplateSpecification::builder()
            .set_launch_template_id(self.id.clone())
            .set_launch_template_name(self.name.clone())
            .version(&self.version)
            .build()
    }

    /// AWS tells both the ID and the name; a program names a template by one of them.
    pub(super) fn from_aws(told: &types::LaunchTemplateSpecification, asked: Option<&Self>) -> Self {
        let by_name = asked.is_some_and(|asked| asked.name.is_some());
        LaunchTemplateOfGroup {
            id: told.launch_template_id.clone().filter(|_| !by_name),
            name: told.launch_template_name.clone().filter(|_| by_name),
            version: told.version().unwrap_or(DEFAULT).to_owned(),
        }
    }
}

impl LaunchTemplateSpecification {
    fn to_aws(&self) -> types::LaunchTemplateSpecification {
        types::LaunchTemplateSpecification::builder()
            .set_launch_template_id(self.launch_template_id.clone())
            .set_launch_template_name(self.launch_template_name.clone())
            .version(&self.version)
            .build()
    }

    fn from_aws(told: &types::LaunchTemplateSpecification, asked: Option<&Self>) -> Self {
        let by_name = asked.is_some_and(|asked| asked.launch_template_name.is_some());
        LaunchTemplateSpecification {
            launch_template_id: told.launch_template_id.clone().filter(|_| !by_name),
            launch_template_name: told.launch_template_name.clone().filter(|_| by_name),
            version: told.version().unwrap_or(DEFAULT).to_owned(),
        }
    }
}

impl MixedInstancesPolicy {
    pub(super) fn to_aws(&self) -> types::MixedInstancesPolicy {
        let template = &self.launch_template;
        let overrides = template.overrides.iter().map(LaunchTemplateOverride::to_aws).collect();
        types::MixedInstancesPolicy::builder()
            .set_instances_distribution(
                self.instances_distribution.as_ref().map(InstancesDistribution::to_aws),
            )
            .launch_template(
                types::LaunchTemplate::builder()
                    .launch_template_specification(template.launch_template_specification.to_aws())
                    .set_overrides(Some(overrides))
                    .build(),
            )
            .build()
    }

    /// Nothing where AWS tells of no launch template.
    pub(super) fn from_aws(told: &types::MixedInstancesPolicy, asked: Option<&Self>) -> Option<Self> {
        let asked = asked.map(|asked| &asked.launch_template);
        let of = |index: usize| asked.and_then(|asked| asked.overrides.get(index));
        let template = told.launch_template()?;
        let specification = template.launch_template_specification()?;
        Some(MixedInstancesPolicy {
            instances_distribution: told.instances_distribution().map(InstancesDistribution::from_aws),
            launch_template: MixedLaunchTemplate {
                launch_template_specification: LaunchTemplateSpecification::from_aws(
                    specification,
                    asked.map(|asked| &asked.launch_template_specification),
                ),
                overrides: template
                    .overrides()
                    .iter()
                    .enumerate()
                    .map(|(index, told)| LaunchTemplateOverride::from_aws(told, of(index)))
                    .collect(),
            },
        })
    }
}

impl InstancesDistribution {
    fn to_aws(&self) -> types::InstancesDistribution {
        let small = |number: Option<i64>| number.map(|number| number as i32);
        types::InstancesDistribution::builder()
            .set_on_demand_allocation_strategy(self.on_demand_allocation_strategy.clone())
            .set_on_demand_base_capacity(small(self.on_demand_base_capacity))
            .set_on_demand_percentage_above_base_capacity(small(
                self.on_demand_percentage_above_base_capacity,
            ))
            .set_spot_allocation_strategy(self.spot_allocation_strategy.clone())
            .set_spot_instance_pools(small(self.spot_instance_pools))
            .set_spot_max_price(self.spot_max_price.clone())
            .build()
    }

    fn from_aws(told: &types::InstancesDistribution) -> Self {
        InstancesDistribution {
            on_demand_allocation_strategy: told.on_demand_allocation_strategy.clone(),
            on_demand_base_capacity: told.on_demand_base_capacity.map(i64::from),
            on_demand_percentage_above_base_capacity: told
                .on_demand_percentage_above_base_capacity
                .map(i64::from),
            spot_allocation_strategy: told.spot_allocation_strategy.clone(),
            spot_instance_pools: told.spot_instance_pools.map(i64::from),
            spot_max_price: told.spot_max_price.clone(),
        }
    }
}

impl LaunchTemplateOverride {
    fn to_aws(&self) -> types::LaunchTemplateOverrides {
        types::LaunchTemplateOverrides::builder()
            .set_instance_type(self.instance_type.clone())
            .set_launch_template_specification(
                self.launch_template_specification.as_ref().map(LaunchTemplateSpecification::to_aws),
            )
            .set_weighted_capacity(self.weighted_capacity.clone())
            .build()
    }

    fn from_aws(told: &types::LaunchTemplateOverrides, asked: Option<&Self>) -> Self {
        let asked = asked.and_then(|asked| asked.launch_template_specification.as_ref());
        LaunchTemplateOverride {
            instance_type: told.instance_type.clone(),
            launch_template_specification: told
                .launch_template_specification()
                .map(|told| LaunchTemplateSpecification::from_aws(told, asked)),
            weighted_capacity: told.weighted_capacity.clone(),
        }
    }
}
