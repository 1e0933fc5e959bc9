//! A dashboard: graphs of metrics, logs and alarms on one page.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::put_dashboard::PutDashboardError;
use serde_json::Value as J;

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::engine::names::{NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update, begin, claim_alike, is_wanted, taken};
use crate::model::{Failures, Json, Model};

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html>
const DASHBOARD: NameRule = NameRule { what: "dashboard", ..PLAIN };

/// A CloudWatch dashboard: graphs of metrics, logs and alarms on one page of the console. A
/// dashboard can show metrics of any region, and belongs to the whole account.
#[derive(Clone, Debug, Model)]
pub struct DashboardArgs {
    /// The body of the dashboard: an object with `widgets`, as described in the CloudWatch API
    /// reference under "Dashboard Body Structure and Syntax".
    #[model(in_place)]
    pub dashboard_body: Json,
    /// The name of the dashboard, unique in the account.
    #[model(replace, autoname)]
    pub dashboard_name: String,
}

/// The outputs of a dashboard.
#[derive(Clone, Debug, Model)]
pub struct DashboardState {
    /// The ARN of the dashboard.
    pub dashboard_arn: String,
}

/// A dashboard.
pub struct Dashboard;

impl Kind for Dashboard {
    const TOKEN: &'static str = "agentic:cloudwatch:Dashboard";
    const ID: &'static str = "the name of the dashboard";
    const ACTIONS: Actions = Actions {
        create: &["cloudwatch:GetDashboard", "cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"],
        read: &["cloudwatch:GetDashboard"],
        update: &["cloudwatch:PutDashboard"],
        delete: &["cloudwatch:DeleteDashboards"],
    };
    const NAME: Option<&'static NameRule> = Some(&DASHBOARD);
    // "All dashboards in your account are global, not region-specific":
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
    const GLOBAL: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::DASHBOARD;

    type Args = DashboardArgs;
    type State = DashboardState;

    fn rules(args: &DashboardInputs, failures: &mut Failures) {
        if let Some(Json(body)) = args.dashboard_body.get()
            && !body.is_object()
        {
            failures.add(
                DashboardArgs::DASHBOARD_BODY,
                "is not a dashboard; give an object such as {\"widgets\": [...]}",
            );
        }
    }

    async fn create(cx: &Cx, args: &DashboardArgs) -> Result<String> {
        let name = &args.dashboard_name;
        // Putting a dashboard overwrites whatever has its name, and no tag says whose it is.
        let there = Self::read(cx, name).await?;
        if let Some(there) = &there {
            if !is_wanted(there.args.clone(), args) {
                return Err(taken(None, "dashboard", name));
            }
            claim_alike::<Self>(cx, name, "dashboard", async { Ok(false) }).await?;
        }
        begin(cx, name);
        let complaints = put(cx, name, &args.dashboard_body).await?;
        if complaints.is_empty() {
            return Ok(name.clone());
        }
        if there.is_none() {
            // The complaint is what a person has to know; the next attempt makes it once more.
            Self::delete(cx, name, args).await.ok();
        }
        Err(faulty(&complaints, &args.dashboard_body))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let get = cx.client::<Client>()?.get_dashboard().dashboard_name(id);
        let Some(dashboard) = found(get.send().await)? else { return Ok(None) };
        let Some(body) = dashboard.dashboard_body() else { return Ok(None) };
        let unreadable =
            |error| Error::new(ErrorKind::Other, format!("the body of {id} is not JSON: {error}"));
        Ok(Some(Live {
            args: DashboardObserved {
                dashboard_body: Some(Json(serde_json::from_str(body).map_err(unreadable)?)),
                dashboard_name: Some(id.to_owned()),
            },
            state: DashboardState { dashboard_arn: dashboard.dashboard_arn.unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<DashboardArgs>) -> Result<()> {
        let Update { old, new, .. } = update;
        let complaints = put(cx, id, &new.dashboard_body).await?;
        if complaints.is_empty() {
            return Ok(());
        }
        // Left as it was, the dashboard is still to be updated when the program runs again.
        put(cx, id, &old.dashboard_body).await.ok();
        Err(faulty(&complaints, &new.dashboard_body))
    }

    async fn delete(cx: &Cx, id: &str, _args: &DashboardArgs) -> Result<()> {
        cx.client::<Client>()?.delete_dashboards().dashboard_names(id).send().await?;
        Ok(())
    }
}

/// What CloudWatch finds fault with in a body: where, as a JSON pointer, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Complaint {
    at: String,
    what: String,
}

/// Puts the dashboard, and gives what CloudWatch complains of though it took it: what it complains
/// of will not be shown. A body that it does not take is an error.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html>
async fn put(cx: &Cx, name: &str, body: &Json) -> Result<Vec<Complaint>> {
    let put = cx.client::<Client>()?.put_dashboard().dashboard_name(name).dashboard_body(body.0.to_string());
    let complaint = |at: Option<&str>, what: Option<&str>| Complaint {
        at: at.unwrap_or_default().to_owned(),
        what: what.unwrap_or_default().to_owned(),
    };
    match put.send().await {
        Ok(answer) => {
            let all = answer.dashboard_validation_messages().iter();
            Ok(all.map(|one| complaint(one.data_path(), one.message())).collect())
        }
        Err(error) => {
            let told: Vec<Complaint> = match error.as_service_error() {
                Some(PutDashboardError::DashboardInvalidInputError(refusal)) => {
                    let all = refusal.dashboard_validation_messages().iter();
                    all.map(|one| complaint(one.data_path(), one.message())).collect()
                }
                _ => Vec::new(),
            };
            let error = Error::from(error);
            let told = if told.is_empty() { complaints_in(error.message()) } else { told };
            match told.is_empty() {
                true => Err(error),
                false => Err(error.with_message(sentence(&told, body))),
            }
        }
    }
}

/// The complaints that the text of an error has in it, as a list in JSON.
fn complaints_in(message: &str) -> Vec<Complaint> {
    let list = message.find('[').zip(message.rfind(']')).and_then(|(from, to)| message.get(from..=to));
    let list: Option<Vec<J>> = list.and_then(|list| serde_json::from_str(list).ok());
    let text = |value: &J| value.as_str().unwrap_or_default().to_owned();
    let complaints = list.unwrap_or_default().into_iter();
    let complaints =
        complaints.map(|one| Complaint { at: text(&one["dataPath"]), what: text(&one["message"]) });
    complaints.filter(|complaint| !complaint.what.is_empty()).collect()
}

fn faulty(complaints: &[Complaint], body: &Json) -> Error {
    Error::new(ErrorKind::Invalid, sentence(complaints, body))
}

/// All complaints, each with the widget that it is about.
fn sentence(complaints: &[Complaint], body: &Json) -> String {
    let each = complaints.iter().map(|complaint| {
        let what = complaint.what.trim_end_matches('.');
        match place(&complaint.at, body) {
            Some(place) => format!("{place}: {what}"),
            None => what.to_owned(),
        }
    });
    let each = each.collect::<Vec<_>>().join("; ");
    format!("CloudWatch reports errors in dashboardBody: {each}")
}

/// `widgets[1] "CPU", properties.metrics[0]` for `/widgets/1/properties/metrics/0`.
fn place(pointer: &str, body: &Json) -> Option<String> {
    let mut parts = pointer.split('/').filter(|part| !part.is_empty());
    let path = |parts: &mut dyn Iterator<Item = &str>| {
        let mut path = String::new();
        for part in parts {
            match part.parse::<usize>() {
                Ok(index) => path += &format!("[{index}]"),
                Err(_) if path.is_empty() => path += part,
                Err(_) => path += &format!(".{part}"),
            }
        }
        path
    };
    let place = path(&mut parts.by_ref().take(2));
    let rest = path(&mut parts);
    let widget = pointer.split('/').take(3).collect::<Vec<_>>().join("/");
    let title = body.0.pointer(&widget).and_then(|widget| widget["properties"]["title"].as_str());
    let title = title.map(|title| format!(" {title:?}")).unwrap_or_default();
    let rest = if rest.is_empty() { rest } else { format!(", {rest}") };
    (!place.is_empty()).then(|| format!("{place}{title}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body() -> Json {
        Json(json!({"widgets": [
            {"type": "text", "properties": {"markdown": "x"}},
            {"type": "metric", "properties": {"title": "CPU", "metrics": ["AWS/ECS"]}},
        ]}))
    }

    #[test]
    fn a_complaint_names_its_widget() {
        let complaint = |at: &str| Complaint { at: at.to_owned(), what: "Should be array.".to_owned() };
        let told =
            sentence(&[complaint("/widgets/1/properties/metrics/0"), complaint("/widgets/0")], &body());
        let expected = "CloudWatch reports errors in dashboardBody: widgets[1] \"CPU\", properties.metrics[0]: Should be array; widgets[0]: Should be array";
        assert_eq!(told, expected);
        assert!(sentence(&[complaint("")], &body()).ends_with("dashboardBody: Should be array"));
        assert!(sentence(&[complaint("/start")], &body()).contains("start: Should be array"));
    }

    #[test]
    fn complaints_are_found_in_the_text_of_a_refusal() {
        let text = r#"The dashboard body is invalid, there are 2 validation errors: [ { "dataPath": "/widgets/1/properties", "message": "Should have required property 'metrics'" }, { "dataPath": "/x", "message": "Should NOT have additional properties" } ]"#;
        let found = complaints_in(text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].at.as_str(), found[1].at.as_str()), ("/widgets/1/properties", "/x"));
        assert_eq!(complaints_in("Body is invalid JSON"), []);
        assert_eq!(complaints_in("see [1] and [2]"), []);
    }

    #[test]
    fn a_body_is_an_object() {
        let failures = |body: J| {
            let mut failures = Failures::new();
            let inputs = DashboardInputs { dashboard_body: Json(body).into(), ..Default::default() };
            Dashboard::rules(&inputs, &mut failures);
            failures.to_string()
        };
        assert_eq!(failures(json!({"widgets": []})), "");
        assert!(failures(json!([])).contains("give an object"));
    }
}
