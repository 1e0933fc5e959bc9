//! Whether a service is steady, or gone.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types;

use super::{Place, ServiceArgs, find, id_of};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::wait::Poll;
use crate::kinds::ecs::deployment::shifts;
use crate::kinds::ecs::rollout::{self, Watch};
use crate::kinds::ecs::same_task_definition;
use crate::kinds::ecs::shift::{self, Shift};
use crate::model::Value;

pub(super) async fn ready(cx: &Cx, id: &str, args: &ServiceArgs) -> Result<Poll> {
    let by_ecs = args.deployment_controller.as_ref().is_none_or(|controller| controller.r#type == "ECS");
    let has_next = cx.noted::<Watch>().is_some_and(|watch| watch.next().is_some());
    if !(args.wait_for_steady_state || has_next) || !by_ecs {
        return Ok(Poll::Ready(()));
    }
    let place = Place::of(id)?;
    let Some(service) = find(cx, &place).await? else {
        return Ok(Poll::Pending("not visible yet".to_owned()));
    };
    let poll = rollout::look(cx, &service, args).await?;
    let watch = cx.noted::<Watch>().unwrap_or_default();
    if let (Poll::Ready(()), Some(next)) = (&poll, watch.next()) {
        // It starts no deployment of its own.
        let request = cx.client::<Client>()?.update_service().cluster(place.cluster);
        request.service(place.service).deployment_configuration(next.clone()).send().await?;
        cx.note(Watch::nothing());
        cx.forget();
    }
    Ok(poll)
}

pub(super) async fn gone(cx: &Cx, id: &str) -> Result<Poll> {
    let place = Place::of(id)?;
    let service = find(cx, &place).await?.filter(|service| service.status() != Some("INACTIVE"));
    // A service is inactive while its last tasks still stop and hold their network interfaces.
    let stopping = rollout::still_stopping(cx, &place).await;
    Ok(match (service, stopping) {
        (None, 0) => Poll::Ready(()),
        (_, 0) => Poll::Pending("the service is draining".to_owned()),
        (_, 1) => Poll::Pending("1 task is stopping".to_owned()),
        (_, several) => Poll::Pending(format!("{several} tasks are stopping")),
    })
}

/// Lets the wait follow the newest deployment of a service. Where that is not what is asked for, or
/// ECS gave it up so that it never goes on by itself, a new one is started.
pub(super) async fn go_on(cx: &Cx, service: &types::Service, args: &ServiceArgs) -> Result<()> {
    cx.note(Watch::of(service));
    let client = cx.client::<Client>()?;
    let was_taken_back = match shifts(service.deployment_configuration()) {
        true => {
            let newest = shift::newest(cx, &Place::of(&id_of(service))?).await;
            cx.note(Watch::of(service).shifting(Shift::after(newest.clone())));
            newest.is_some_and(|newest| shift::was_taken_back(&newest))
        }
        false => rollout::failed(service),
    };
    let request = match (was_taken_back, runs(service, args)) {
        (false, true) => return Ok(()),
        (true, true) => client.update_service().force_new_deployment(true),
        (_, false) => client.update_service().set_task_definition(args.task_definition.clone()),
    };
    let place = Place::of(&id_of(service))?;
    let answer = request.cluster(place.cluster).service(place.service).send().await?;
    if let Some(service) = &answer.service {
        cx.note(cx.noted::<Watch>().unwrap_or_default().again(service));
    }
    Ok(())
}

/// Whether the service runs the task definition that is asked for.
fn runs(service: &types::Service, args: &ServiceArgs) -> bool {
    let actual = Value::from(service.task_definition().unwrap_or_default());
    let wanted = args.task_definition.as_deref();
    wanted.is_none_or(|wanted| same_task_definition(&actual, &wanted.into()))
}
