//! The users of a stack: a user pool, with a client and a domain.

use super::{Builder, domain::Place};
use crate::components::auth::{self, Pool};
use crate::components::policy::allow;
use crate::components::{Built, Child, Options};
use crate::kinds::cognito::{
    AdminCreateUserConfigInput, PasswordPolicyInput, Schema, SoftwareTokenMfaConfigurationInput, UserPool,
    UserPoolClient, UserPoolClientInputs, UserPoolDomain, UserPoolDomainInputs, UserPoolInputs,
};
use crate::model::{In, Model};
use serde_json::Value as Json_;

/// The user pool of a stack. Users sign in with their email address.
#[derive(Clone, Debug, Model)]
pub struct StackUserPool {
    /// Whether users can sign themselves up. If `false`, only administrators can create users.
    #[model(default = false)]
    pub self_sign_up: bool,
    /// The attributes that users sign in with, `email` and `phone_number`. Defaults to `email`. The
    /// attributes cannot be changed later.
    pub username_attributes: Option<Vec<String>>,
    /// Whether users can (`OPTIONAL`) or must (`ON`) sign in with an authenticator app as well.
    #[model(default = "OPTIONAL", one_of = ["OFF", "ON", "OPTIONAL"])]
    pub mfa_configuration: String,
    /// The minimum length of passwords.
    #[model(default = 12, range = 6..=99)]
    pub minimum_password_length: i64,
    /// The custom attributes of users, and standard ones that are required. Attributes can be added
    /// later, but not changed or removed.
    #[model(default = [], length = 0..=50)]
    pub schemas: Vec<Schema>,
    /// The domain prefix of the sign-in pages, which is unique in a region. If omitted, the prefix
    /// consists of the names of the project and the environment and the account ID.
    pub domain: Option<String>,
    /// Whether the client has a secret. Defaults to `true` if a service has `auth.cognito`, and to
    /// `false` otherwise.
    pub generate_secret: Option<bool>,
    /// The URLs that the sign-in pages may redirect to, in addition to those of the services with
    /// `auth.cognito`.
    #[model(default = [], length = 0..=90)]
    pub callback_urls: Vec<String>,
    /// The URLs that the sign-out page may redirect to.
    #[model(default = [], length = 0..=100)]
    pub logout_urls: Vec<String>,
    /// Whether the user pool is protected from deletion. Defaults to the value of
    /// `deletionProtection` of the stack.
    pub deletion_protection: Option<bool>,
}

/// The user pool of a stack.
pub struct Users {
    pub pool: Child<UserPool>,
    pub client: Child<UserPoolClient>,
    pub domain: Child<UserPoolDomain>,
}

impl Users {
    /// What load balancers ask for.
    pub fn for_balancers(&self) -> Pool {
        Pool {
            arn: self.pool.out.arn.clone(),
            client_id: self.client.id.clone(),
            domain: self.domain.get::<String>("domain"),
        }
    }

    /// What a service may do that signs users up and in, and nothing more.
    pub fn statement(&self) -> In<Json_> {
        let actions = [
            "cognito-idp:AdminCreateUser",
            "cognito-idp:AdminGetUser",
            "cognito-idp:ListUsers",
            "cognito-idp:SignUp",
            "cognito-idp:ConfirmSignUp",
            "cognito-idp:InitiateAuth",
            "cognito-idp:ForgotPassword",
            "cognito-idp:ConfirmForgotPassword",
            "cognito-idp:GlobalSignOut",
        ];
        allow(&actions, self.pool.out.arn.clone().map(|arn| vec![arn]))
    }
}

impl Builder<'_> {
    pub(super) async fn users(&self, place: &Place) -> Built<Option<Users>> {
        let Some(plan) = self.args.user_pool.get() else { return Ok(None) };
        let token = SoftwareTokenMfaConfigurationInput { enabled: true.into() };
        let has_mfa = plan.mfa_configuration.get().is_none_or(|mfa| mfa != "OFF");
        let protected = plan.deletion_protection.clone().or(self.is_protected());
        let inputs = UserPoolInputs {
            admin_create_user_config: AdminCreateUserConfigInput {
                allow_admin_create_user_only: plan.self_sign_up.clone().map(|may| !may),
                ..AdminCreateUserConfigInput::default()
            }
            .into(),
            auto_verified_attributes: In::list(["email".into()]),
            deletion_protection: protected.map(|is| if is { "ACTIVE" } else { "INACTIVE" }.to_owned()),
            mfa_configuration: plan.mfa_configuration.clone(),
            password_policy: PasswordPolicyInput {
                minimum_length: plan.minimum_password_length.clone(),
                require_lowercase: true.into(),
                require_numbers: true.into(),
                require_uppercase: true.into(),
                ..PasswordPolicyInput::default()
            }
            .into(),
            schemas: plan.schemas.clone(),
            software_token_mfa_configuration: if has_mfa { token.into() } else { In::default() },
            username_attributes: plan.username_attributes.clone().or(vec![In::from("email")]),
            ..UserPoolInputs::default()
        };
        let pool: Child<UserPool> = self.at.child("users", inputs, Options::default());
        let prefix = match plan.domain.is_set() {
            true => plan.domain.clone(),
            // A prefix is unique in its region, over all accounts.
            false => format!("{}-{}", self.at.names.of("users"), self.at.account_id().await?).into(),
        };
        let domain = UserPoolDomainInputs {
            domain: prefix,
            user_pool_id: pool.id.clone(),
            ..UserPoolDomainInputs::default()
        };
        let domain: Child<UserPoolDomain> = self.at.child("users-domain", domain, Options::default());
        let client = self.client(&pool, place);
        Ok(Some(Users { pool, client, domain }))
    }

    fn client(&self, pool: &Child<UserPool>, place: &Place) -> Child<UserPoolClient> {
        let plan = self.args.user_pool.get().cloned().unwrap_or_default();
        let guarded =
            || self.each_service().filter(|(_, service)| auth::uses_stack_pool(&service.workload.auth));
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
        let hosts =
            guarded().flat_map(|(_, service)| service.workload.hosts.get().cloned().unwrap_or_default());
        let hosts = hosts.chain((guarded().count() > 0 && place.host.is_set()).then(|| place.host.clone()));
        let own = plan.callback_urls.get().cloned().unwrap_or_default();
        let mut urls = own;
        for host in hosts {
            let url = host.map(|host| format!("https://{host}/oauth2/idpresponse"));
            if !urls.iter().any(|other| other.get().is_some() && other.get() == url.get()) {
                urls.push(url);
            }
        }
        let signs_in = !urls.is_empty();
        let texts = |all: &[&str]| In::list(all.iter().map(|text| In::from(*text)));
        let inputs = UserPoolClientInputs {
            allowed_oauth_flows: if signs_in { texts(&["code"]) } else { texts(&[]) },
            allowed_oauth_flows_user_pool_client: signs_in.into(),
            allowed_oauth_scopes: if signs_in { texts(&["openid", "email", "profile"]) } else { texts(&[]) },
            callback_urls: In::known(urls),
            explicit_auth_flows: texts(&["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]),
            generate_secret: plan.generate_secret.clone().or(guarded().count() > 0),
            logout_urls: plan.logout_urls.clone(),
            prevent_user_existence_errors: "ENABLED".into(),
            supported_identity_providers: texts(&["COGNITO"]),
            user_pool_id: pool.id.clone(),
            ..UserPoolClientInputs::default()
        };
        self.at.child("users-client", inputs, Options::default())
    }
}
