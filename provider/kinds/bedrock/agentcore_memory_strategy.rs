//! A strategy of a memory: what is extracted from conversations, and kept.

use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::Client;
use aws_sdk_bedrockagentcorecontrol::error::BuildError;
use aws_sdk_bedrockagentcorecontrol::types::{
    self, ConsolidationConfiguration, CustomConfigurationInput, CustomConsolidationConfiguration,
    CustomConsolidationConfigurationInput, CustomExtractionConfiguration, CustomExtractionConfigurationInput,
    CustomMemoryStrategyInput, DeleteMemoryStrategyInput, EpisodicMemoryStrategyInput,
    ExtractionConfiguration, Memory, MemoryStrategy, MemoryStrategyInput, MemoryStrategyStatus as Status,
    ModifyConsolidationConfiguration, ModifyExtractionConfiguration, ModifyMemoryStrategies,
    ModifyMemoryStrategyInput, ModifyStrategyConfiguration, OverrideType, SemanticMemoryStrategyInput,
    SemanticOverrideConfigurationInput, SemanticOverrideConsolidationConfigurationInput,
    SemanticOverrideExtractionConfigurationInput, SummaryMemoryStrategyInput,
    SummaryOverrideConfigurationInput, SummaryOverrideConsolidationConfigurationInput,
    UserPreferenceMemoryStrategyInput, UserPreferenceOverrideConfigurationInput,
    UserPreferenceOverrideConsolidationConfigurationInput,
    UserPreferenceOverrideExtractionConfigurationInput,
};

use super::agentcore_memory::find_memory;
use super::{AGENTCORE, text};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, bad_id, began, begin, claim_alike, is_wanted, taken};
use crate::model::{Failures, Model, Path, Prop};

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_MemoryStrategy.html>
const STRATEGY: NameRule = NameRule { what: "Bedrock memory strategy", ..AGENTCORE };

/// A strategy of a Bedrock AgentCore memory: defines the information that is extracted from
/// conversations and kept. A memory can have up to 6 strategies, and one of each type other than
/// `CUSTOM`. Deleting the strategy deletes the records that it has extracted.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreMemoryStrategyArgs {
    /// The prompts and models of a strategy of type `CUSTOM`. Not allowed for other types.
    #[model(in_place)]
    pub configuration: Option<StrategyConfiguration>,
    /// The description of the strategy. It can be changed, but not removed.
    #[model(in_place, aws_default, told, length = 1..=4096)]
    pub description: Option<String>,
    /// The ID of the memory.
    #[model(replace, length = 12..=111)]
    pub memory_id: String,
    /// The name of the strategy: letters, digits and underscores, beginning with a letter.
    #[model(replace, autoname, length = 1..=48)]
    pub name: String,
    /// The namespace of the records that the strategy extracts, such as
    /// `/strategies/{memoryStrategyId}/actors/{actorId}`. If omitted, each strategy and actor has a
    /// namespace of its own.
    #[model(in_place, aws_default, told, alias = "namespaces", length = 1..=1)]
    pub namespace_templates: Option<Vec<String>>,
    /// The type of the strategy: facts (`SEMANTIC`), summaries of sessions (`SUMMARIZATION`),
    /// preferences of users (`USER_PREFERENCE`), episodes (`EPISODIC`), or one of these with custom
    /// prompts and models (`CUSTOM`).
    #[model(replace, one_of = ["SEMANTIC", "SUMMARIZATION", "USER_PREFERENCE", "EPISODIC", "CUSTOM"])]
    pub r#type: String,
}

/// The prompts and models of a custom memory strategy.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct StrategyConfiguration {
    /// The consolidation step, which merges extracted records with existing ones.
    pub consolidation: Option<StrategyStep>,
    /// The extraction step, which extracts records from events. Not allowed for `SUMMARY_OVERRIDE`.
    pub extraction: Option<StrategyStep>,
    /// The type of strategy that is overridden.
    #[model(one_of = ["SEMANTIC_OVERRIDE", "SUMMARY_OVERRIDE", "USER_PREFERENCE_OVERRIDE"])]
    pub r#type: String,
}

/// A step of a custom memory strategy.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct StrategyStep {
    /// The text that is appended to the default prompt of the strategy.
    #[model(length = 1..=30_000)]
    pub append_to_prompt: String,
    /// The ID of the model, such as `anthropic.claude-sonnet-4-20250514-v1:0`.
    #[model(length = 1..=1024)]
    pub model_id: String,
}

/// The outputs of a memory strategy.
#[derive(Clone, Debug, Model)]
pub struct AgentcoreMemoryStrategyState {
    /// The ID of the strategy.
    pub memory_strategy_id: String,
}

/// A strategy of a memory.
pub struct AgentcoreMemoryStrategy;

type Args = AgentcoreMemoryStrategyArgs;

impl Kind for AgentcoreMemoryStrategy {
    const TOKEN: &'static str = "agentic:bedrock:AgentcoreMemoryStrategy";
    const ID: &'static str = "the ID of the memory and the ID of the strategy, separated by a comma, such as `conversations-a1b2c3d4e5,facts-f6g7h8i9j0`";
    const NAME: Option<&'static NameRule> = Some(&STRATEGY);
    const APART: &'static [Prop<Self::Args>] = &[Args::MEMORY_ID, Args::NAME];
    const READY: Option<Wait> = Some(Wait {
        goal: "the memory strategy is active",
        usual: [60, 180],
        budget: Duration::from_secs(20 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the memory strategy is gone",
        usual: [10, 120],
        budget: Duration::from_secs(20 * 60),
    });
    /// A change of another strategy makes the memory busy for some minutes.
    const PATIENCE: Duration = Duration::from_secs(20 * 60);
    const ACTIONS: Actions = Actions {
        create: &["bedrock-agentcore:UpdateMemory", "bedrock-agentcore:GetMemory"],
        read: &["bedrock-agentcore:GetMemory"],
        update: &["bedrock-agentcore:UpdateMemory", "bedrock-agentcore:GetMemory"],
        delete: &["bedrock-agentcore:UpdateMemory", "bedrock-agentcore:GetMemory"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::AGENTCORE_MEMORY_STRATEGY;

    type Args = Args;
    type State = AgentcoreMemoryStrategyState;

    fn rules(args: &AgentcoreMemoryStrategyInputs, failures: &mut Failures) {
        let is_custom = args.r#type.get().map(|it| it == "CUSTOM");
        match (is_custom, args.configuration.is_set()) {
            (Some(true), false) => {
                failures.add(Args::CONFIGURATION, "is missing; the type CUSTOM requires it")
            }
            (Some(false), true) => {
                failures
                    .add(Args::CONFIGURATION, "is for the type CUSTOM; set type to CUSTOM, or leave it out");
            }
            _ => {}
        }
        if let Some(configuration) = args.configuration.get()
            && configuration.r#type.get().is_some_and(|it| it == "SUMMARY_OVERRIDE")
            && configuration.extraction.is_set()
        {
            let at = Path::from(Args::CONFIGURATION).key(StrategyConfiguration::EXTRACTION.name());
            failures.add(at, "is given, but summaries have a consolidation only; leave it out");
        }
    }

    async fn create(cx: &Cx, args: &Args) -> Result<String> {
        let memory = &args.memory_id;
        let Some(found) = find_memory(cx, memory).await? else {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no memory {memory}")));
        };
        let place = format!("{memory},{}", args.name);
        if let Some(strategy) = by_name(&found, &args.name) {
            let id = format!("{memory},{}", strategy.strategy_id);
            if is_wanted(observed(memory, strategy), args) {
                claim_alike::<Self>(cx, &id, "memory strategy", async { Ok(began(cx, &place)) }).await?;
                return Ok(id);
            }
            return Err(taken(None, "memory strategy", &args.name));
        }
        begin(cx, &place);
        let changes = ModifyMemoryStrategies::builder().add_memory_strategies(wanted(args)?).build();
        let made = change(cx, memory, changes).await?;
        let strategy = made.as_ref().and_then(|memory| by_name(memory, &args.name));
        Ok(strategy.map(|strategy| format!("{memory},{}", strategy.strategy_id)).unwrap_or_default())
    }

    async fn ready(cx: &Cx, id: &str, _args: &Args) -> Result<Poll> {
        let Some((_, strategy)) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match &strategy.status {
            Some(Status::Active) | None => Poll::Ready(()),
            Some(Status::Failed) => {
                let message = format!("the memory strategy {} is FAILED", strategy.name);
                let hint = "Check the models of its configuration and the role of the memory, and run `pulumi up` again.";
                Poll::Failed(Error::new(ErrorKind::Failed, message).with_hint(hint))
            }
            Some(Status::Deleting) => {
                let message = format!("{id} is DELETING: it was deleted outside of this program");
                Poll::Failed(Error::new(ErrorKind::Failed, message))
            }
            Some(status) => Poll::Pending(status.to_string()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some((memory, strategy)) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: observed(&memory, &strategy),
            state: AgentcoreMemoryStrategyState { memory_strategy_id: strategy.strategy_id },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<Args>) -> Result<()> {
        let (memory, strategy) = parts(id)?;
        let new = &update.new;
        let configuration = new.configuration.as_ref().filter(|_| update.any(&[Args::CONFIGURATION]));
        let change_of = ModifyMemoryStrategyInput::builder()
            .memory_strategy_id(strategy)
            .set_description(new.description.clone().filter(|_| update.any(&[Args::DESCRIPTION])))
            .set_namespace_templates(
                new.namespace_templates.clone().filter(|_| update.any(&[Args::NAMESPACE_TEMPLATES])),
            )
            .set_configuration(configuration.map(modified).transpose()?)
            .build()?;
        let changes = ModifyMemoryStrategies::builder().modify_memory_strategies(change_of).build();
        change(cx, memory, changes).await.map(drop)
    }

    async fn delete(cx: &Cx, id: &str, _args: &Args) -> Result<()> {
        let (memory, strategy) = parts(id)?;
        match find(cx, id).await? {
            None => return Ok(()),
            Some((_, found)) if found.status == Some(Status::Deleting) => return Ok(()),
            Some(_) => {}
        }
        let gone = DeleteMemoryStrategyInput::builder().memory_strategy_id(strategy).build()?;
        change(cx, memory, ModifyMemoryStrategies::builder().delete_memory_strategies(gone).build())
            .await
            .map(drop)
    }
}

async fn change(cx: &Cx, memory: &str, changes: ModifyMemoryStrategies) -> Result<Option<Memory>> {
    let call = cx.client::<Client>()?.update_memory().memory_id(memory).memory_strategies(changes);
    Ok(call.send().await?.memory)
}

fn parts(id: &str) -> Result<(&str, &str)> {
    id.split_once(',').ok_or_else(|| bad_id(id, "a memory ID and a strategy ID, with a comma between"))
}

async fn find(cx: &Cx, id: &str) -> Result<Option<(String, MemoryStrategy)>> {
    let (memory, strategy) = parts(id)?;
    let Some(found) = find_memory(cx, memory).await? else { return Ok(None) };
    let all = found.strategies.unwrap_or_default().into_iter();
    Ok(all.into_iter().find(|it| it.strategy_id == strategy).map(|it| (memory.to_owned(), it)))
}

fn by_name<'a>(memory: &'a Memory, name: &str) -> Option<&'a MemoryStrategy> {
    memory.strategies().iter().find(|strategy| strategy.name == name)
}

/// A step as AWS takes it, of the type that its place wants.
macro_rules! step {
    ($of:ident, $step:expr) => {
        $of::builder().append_to_prompt(&$step.append_to_prompt).model_id(&$step.model_id).build()
    };
}

/// A strategy as it is added.
fn wanted(args: &Args) -> Result<MemoryStrategyInput, BuildError> {
    macro_rules! strategy {
        ($of:ident) => {
            $of::builder()
                .name(&args.name)
                .set_description(args.description.clone())
                .set_namespace_templates(args.namespace_templates.clone())
        };
    }
    Ok(match args.r#type.as_str() {
        "SEMANTIC" => {
            MemoryStrategyInput::SemanticMemoryStrategy(strategy!(SemanticMemoryStrategyInput).build()?)
        }
        "SUMMARIZATION" => {
            MemoryStrategyInput::SummaryMemoryStrategy(strategy!(SummaryMemoryStrategyInput).build()?)
        }
        "USER_PREFERENCE" => {
            let strategy = strategy!(UserPreferenceMemoryStrategyInput).build()?;
            MemoryStrategyInput::UserPreferenceMemoryStrategy(strategy)
        }
        "EPISODIC" => {
            MemoryStrategyInput::EpisodicMemoryStrategy(strategy!(EpisodicMemoryStrategyInput).build()?)
        }
        _ => {
            let configuration = args.configuration.as_ref().map(custom).transpose()?;
            let strategy = strategy!(CustomMemoryStrategyInput).set_configuration(configuration).build()?;
            MemoryStrategyInput::CustomMemoryStrategy(strategy)
        }
    })
}

fn custom(configuration: &StrategyConfiguration) -> Result<CustomConfigurationInput, BuildError> {
    let (extraction, consolidation) =
        (configuration.extraction.as_ref(), configuration.consolidation.as_ref());
    Ok(match configuration.r#type.as_str() {
        "SEMANTIC_OVERRIDE" => {
            let extraction = extraction.map(|it| step!(SemanticOverrideExtractionConfigurationInput, it));
            let consolidation =
                consolidation.map(|it| step!(SemanticOverrideConsolidationConfigurationInput, it));
            let made = SemanticOverrideConfigurationInput::builder()
                .set_extraction(extraction.transpose()?)
                .set_consolidation(consolidation.transpose()?);
            CustomConfigurationInput::SemanticOverride(made.build())
        }
        "SUMMARY_OVERRIDE" => {
            let consolidation =
                consolidation.map(|it| step!(SummaryOverrideConsolidationConfigurationInput, it));
            let made =
                SummaryOverrideConfigurationInput::builder().set_consolidation(consolidation.transpose()?);
            CustomConfigurationInput::SummaryOverride(made.build())
        }
        _ => {
            let extraction =
                extraction.map(|it| step!(UserPreferenceOverrideExtractionConfigurationInput, it));
            let consolidation =
                consolidation.map(|it| step!(UserPreferenceOverrideConsolidationConfigurationInput, it));
            let made = UserPreferenceOverrideConfigurationInput::builder()
                .set_extraction(extraction.transpose()?)
                .set_consolidation(consolidation.transpose()?);
            CustomConfigurationInput::UserPreferenceOverride(made.build())
        }
    })
}

/// A configuration as a change of it is sent.
fn modified(configuration: &StrategyConfiguration) -> Result<ModifyStrategyConfiguration, BuildError> {
    use CustomConsolidationConfigurationInput as Consolidation;
    use CustomExtractionConfigurationInput as Extraction;
    let of = configuration.r#type.as_str();
    let extraction = configuration.extraction.as_ref().map(|it| {
        Ok::<_, BuildError>(match of {
            "SEMANTIC_OVERRIDE" => Extraction::SemanticExtractionOverride(step!(
                SemanticOverrideExtractionConfigurationInput,
                it
            )?),
            _ => {
                let step = step!(UserPreferenceOverrideExtractionConfigurationInput, it)?;
                Extraction::UserPreferenceExtractionOverride(step)
            }
        })
    });
    let consolidation = configuration.consolidation.as_ref().map(|it| {
        Ok::<_, BuildError>(match of {
            "SEMANTIC_OVERRIDE" => {
                let step = step!(SemanticOverrideConsolidationConfigurationInput, it)?;
                Consolidation::SemanticConsolidationOverride(step)
            }
            "SUMMARY_OVERRIDE" => {
                let step = step!(SummaryOverrideConsolidationConfigurationInput, it)?;
                Consolidation::SummaryConsolidationOverride(step)
            }
            _ => {
                let step = step!(UserPreferenceOverrideConsolidationConfigurationInput, it)?;
                Consolidation::UserPreferenceConsolidationOverride(step)
            }
        })
    });
    Ok(ModifyStrategyConfiguration::builder()
        .set_extraction(
            extraction.transpose()?.map(ModifyExtractionConfiguration::CustomExtractionConfiguration),
        )
        .set_consolidation(
            consolidation
                .transpose()?
                .map(ModifyConsolidationConfiguration::CustomConsolidationConfiguration),
        )
        .build())
}

fn observed(memory: &str, strategy: &MemoryStrategy) -> AgentcoreMemoryStrategyObserved {
    AgentcoreMemoryStrategyObserved {
        // Of a strategy that arguments cannot tell, nothing is told.
        configuration: match &strategy.configuration {
            Some(configuration) => shown(configuration).map(Some),
            None => Some(None),
        },
        description: Some(text(&strategy.description)),
        memory_id: Some(memory.to_owned()),
        name: Some(strategy.name.clone()),
        namespace_templates: Some(Some(strategy.namespace_templates.clone())),
        r#type: Some(strategy.r#type.as_str().to_owned()),
    }
}

fn shown(configuration: &types::StrategyConfiguration) -> Option<StrategyConfiguration> {
    macro_rules! step {
        ($of:expr) => {
            Some(StrategyStep {
                append_to_prompt: $of.append_to_prompt.clone(),
                model_id: $of.model_id.clone(),
            })
        };
    }
    use CustomConsolidationConfiguration as Consolidation;
    use CustomExtractionConfiguration as Extraction;
    let kind = configuration.r#type.as_ref()?;
    let known =
        [OverrideType::SemanticOverride, OverrideType::SummaryOverride, OverrideType::UserPreferenceOverride];
    if !known.contains(kind) {
        return None;
    }
    let extraction = match &configuration.extraction {
        Some(ExtractionConfiguration::CustomExtractionConfiguration(custom)) => match custom {
            Extraction::SemanticExtractionOverride(it) => step!(it),
            Extraction::UserPreferenceExtractionOverride(it) => step!(it),
            _ => None,
        },
        _ => None,
    };
    let consolidation = match &configuration.consolidation {
        Some(ConsolidationConfiguration::CustomConsolidationConfiguration(custom)) => match custom {
            Consolidation::SemanticConsolidationOverride(it) => step!(it),
            Consolidation::SummaryConsolidationOverride(it) => step!(it),
            Consolidation::UserPreferenceConsolidationOverride(it) => step!(it),
            _ => None,
        },
        _ => None,
    };
    Some(StrategyConfiguration { consolidation, extraction, r#type: kind.as_str().to_owned() })
}
