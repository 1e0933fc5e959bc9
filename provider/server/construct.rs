//! Requests for a component: from the wire to the component and back.

use tonic::Status;

use crate::aws::context::Cx;
use crate::components::{self, Site, Trouble};
use crate::engine::answer::invalid;
use crate::engine::construct::{answer, with_origins};
use crate::engine::monitor::{Monitor, Source, Stop};
use crate::engine::proto as rpc;
use crate::engine::wire;
use crate::kinds::REGION;

/// Constructs the component that a program asks for.
pub async fn construct(
    cx: Cx,
    request: rpc::ConstructRequest,
    source: Source,
) -> Result<rpc::ConstructResponse, Status> {
    let Some(component) = components::find(&request.r#type) else {
        let (token, version) = (request.r#type, super::VERSION);
        return Err(Status::invalid_argument(format!(
            "there is no component {token:?} in agentic {version}"
        )));
    };
    let given = wire::decode(request.inputs.clone())?;
    let mut inputs = with_origins(&given, &request);
    let region = match inputs.remove(REGION) {
        Some(value) => value.as_str().map(str::to_owned),
        // Programs for other AWS packages have it in their configuration.
        None if !cx.aws.has_own_region() => request.config.get("aws:region").cloned(),
        None => None,
    };
    let failures = component.check(&inputs);
    if !failures.is_empty() {
        return Err(invalid(&failures));
    }
    let monitor = Monitor::of(&request, source)?;
    if !monitor.is_new_enough().await.map_err(|stop| status(stop.into()))? {
        return Err(Status::failed_precondition(format!(
            "agentic {} needs Pulumi {} or later, and the running version is older; `pulumi version` shows it. Update \
             it: https://www.pulumi.com/docs/install",
            super::VERSION,
            super::OLDEST_ENGINE
        )));
    }
    let asked = monitor.register_requested(&request, &given).await;
    let urn = asked.map_err(|stop| status(stop.into()))?;
    let site = Site { cx, monitor: monitor.clone(), region, urn: urn.clone(), name: request.name };
    let outputs = component.build(site, inputs).await.map_err(status)?;
    let told = monitor.register_outputs(&urn, &outputs.state).await;
    told.map_err(|stop| status(stop.into()))?;
    Ok(answer(urn, outputs))
}

fn status(trouble: Trouble) -> Status {
    match trouble {
        Trouble::Invalid(failures) => invalid(&failures),
        Trouble::LookUp(error) => Status::failed_precondition(error.to_string()),
        Trouble::Stopped(Stop::Refused(status)) => status,
        Trouble::Stopped(Stop::Ended | Stop::Skipped) => Status::cancelled("the deployment is ending"),
    }
}
