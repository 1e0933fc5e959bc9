//! A query that is kept for the people who look through logs.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types;

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::names::{NameRule, PLAIN, PRINTABLE};
use crate::kinds::{Actions, Kind, Live, Update, alike, begin, claim_alike, taken};
use crate::model::Model;

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html>
const QUERY: NameRule = NameRule { what: "query definition", alphabet: PRINTABLE, ..PLAIN };

/// A query definition: a saved query of CloudWatch Logs Insights.
#[derive(Clone, Debug, Model)]
pub struct QueryDefinitionArgs {
    /// The names of the log groups that the query is run on. If omitted, the log groups are
    /// selected when the query is run.
    #[model(in_place, set, default = [], length = 0..=50)]
    pub log_group_names: Vec<String>,
    /// The name of the query. Slashes separate folders, such as in `api/errors`.
    #[model(in_place, autoname)]
    pub name: String,
    /// The query.
    #[model(in_place, length = 1..=10_000)]
    pub query_string: String,
}

/// The outputs of a query definition.
#[derive(Clone, Debug, Model)]
pub struct QueryDefinitionState {
    /// The ID of the query definition.
    pub query_definition_id: String,
}

/// A saved query.
pub struct QueryDefinition;

impl Kind for QueryDefinition {
    const TOKEN: &'static str = "agentic:cloudwatch:QueryDefinition";
    const ID: &'static str = "the ID of the query definition, a UUID";
    // The ARN of the query definition.
    const IMPORT_ID: fn(&str) -> &str = |id| id.rsplit(':').next().unwrap_or(id);
    const ACTIONS: Actions = Actions {
        create: &["logs:DescribeQueryDefinitions", "logs:PutQueryDefinition"],
        read: &["logs:DescribeQueryDefinitions"],
        update: &["logs:PutQueryDefinition"],
        delete: &["logs:DeleteQueryDefinition"],
    };
    const NAME: Option<&'static NameRule> = Some(&QUERY);

    type Args = QueryDefinitionArgs;
    type State = QueryDefinitionState;

    async fn create(cx: &Cx, args: &QueryDefinitionArgs) -> Result<String> {
        let there = all(cx, Some(&args.name)).await?;
        match there.iter().find(|query| query.name() == Some(&args.name)) {
            Some(query) if alike(&arguments(query), args) => {
                claim_alike::<Self>(cx, &args.name, "query definition", async { Ok(false) }).await?;
                return Ok(query.query_definition_id.clone().unwrap_or_default());
            }
            Some(_) => return Err(taken(None, "query definition", &args.name)),
            None => begin(cx, &args.name),
        }
        let put = cx.client::<Client>()?.put_query_definition().client_token(token(cx));
        let made = with(put, args).send().await?;
        let id = made.query_definition_id.unwrap_or_default();
        cx.keep(id.clone(), args.clone());
        Ok(id)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let told = cx.told::<_, QueryDefinitionArgs>(&id.to_owned());
        let there = match told {
            Some(told) => Some(told),
            None => {
                let queries = all(cx, None).await?;
                queries.iter().find(|query| query.query_definition_id() == Some(id)).map(arguments)
            }
        };
        Ok(there.map(|args| Live {
            args: args.into(),
            state: QueryDefinitionState { query_definition_id: id.to_owned() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<QueryDefinitionArgs>) -> Result<()> {
        let put = cx.client::<Client>()?.put_query_definition().query_definition_id(id);
        with(put, &update.new).send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &QueryDefinitionArgs) -> Result<()> {
        let deleted = cx.client::<Client>()?.delete_query_definition().query_definition_id(id).send().await?;
        match deleted.success {
            true => Ok(()),
            false => {
                Err(Error::new(ErrorKind::Other, format!("AWS did not delete the query definition {id}")))
            }
        }
    }
}

type Put = aws_sdk_cloudwatchlogs::operation::put_query_definition::builders::PutQueryDefinitionFluentBuilder;

/// The whole query: log groups that are not named are none.
fn with(put: Put, args: &QueryDefinitionArgs) -> Put {
    let groups = Some(args.log_group_names.clone()).filter(|groups| !groups.is_empty());
    put.name(&args.name).query_string(&args.query_string).set_log_group_names(groups)
}

/// AWS wants 36 characters at least.
fn token(cx: &Cx) -> String {
    format!("agentic-{}", cx.client_token())
}

/// All queries, or those whose names begin like this one.
async fn all(cx: &Cx, name: Option<&str>) -> Result<Vec<types::QueryDefinition>> {
    let client = cx.client::<Client>()?;
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let page =
            client.describe_query_definitions().set_query_definition_name_prefix(name.map(str::to_owned));
        let page = page.max_results(1000).set_next_token(next).send().await?;
        all.extend(page.query_definitions.unwrap_or_default());
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
}

fn arguments(query: &types::QueryDefinition) -> QueryDefinitionArgs {
    QueryDefinitionArgs {
        log_group_names: query.log_group_names().to_vec(),
        name: query.name().unwrap_or_default().to_owned(),
        query_string: query.query_string().unwrap_or_default().to_owned(),
    }
}
