//! The list of endpoints. A new endpoint needs its own file and one line here.

use super::{
    account, authorization,
    directory::{
        acting, applications, audit, authority, certs, domains, invitations, keys, ldap_syncs,
        memberships, organizations, permissions, projects, providers, roles, service_accounts,
        sessions, signing_keys, teams, tokens, transfer, users, webauthn_credentials, webhooks,
        workspaces,
    },
    discovery, document,
    endpoint::{Declaration, Entry},
    internal, oauth, saml, scim, signin,
};
use crate::origin::http::{Response, RestError};

/// Every endpoint that is served.
pub static ENDPOINTS: &[Entry] = &[
    // Documents
    Entry::of::<discovery::OpenidConfiguration>(),
    Entry::of::<discovery::AuthorizationServer>(),
    Entry::of::<discovery::Jwks>(),
    Entry::of::<document::Document>(),
    Entry::of::<document::Reference>(),
    // OAuth
    Entry::of::<oauth::token::RequestToken>(),
    Entry::of::<oauth::device::RequestDeviceCode>(),
    Entry::of::<oauth::introspect::Introspect>(),
    Entry::of::<oauth::revoke::Revoke>(),
    Entry::of::<oauth::userinfo::Userinfo>(),
    // Sign-in
    Entry::of::<signin::authorize::Authorize>(),
    Entry::of::<signin::authorize::SignInPage>(),
    Entry::of::<signin::authorize::SignIn>(),
    Entry::of::<signin::code_link::CodeLinkPage>(),
    Entry::of::<signin::spnego::SignInByTicket>(),
    Entry::of::<signin::login::Login>(),
    Entry::of::<signin::signup::SignUp>(),
    Entry::of::<signin::verification_codes::SendVerificationCode>(),
    Entry::of::<signin::methods::GetLoginApplication>(),
    Entry::of::<signin::methods::ListLoginMethods>(),
    Entry::of::<signin::methods::IdentifyLogin>(),
    Entry::of::<signin::webauthn::BeginSignin>(),
    Entry::of::<signin::webauthn::FinishSignin>(),
    Entry::of::<signin::webauthn::BeginSignup>(),
    Entry::of::<signin::webauthn::FinishSignup>(),
    Entry::of::<signin::webauthn::RelatedOrigins>(),
    Entry::of::<signin::web3::RequestWalletNonce>(),
    Entry::of::<signin::web3::VerifyWallet>(),
    Entry::of::<signin::federation::callback::ReceiveProviderAnswer>(),
    Entry::of::<signin::federation::callback::ReceiveAnswerOfProvider>(),
    Entry::of::<signin::federation::logout::ReceiveLogoutToken>(),
    Entry::of::<saml::idp::metadata::IdentityProviderMetadata>(),
    Entry::of::<saml::idp::metadata::OlderMetadata>(),
    Entry::of::<saml::idp::sso::SingleSignOn>(),
    Entry::of::<saml::idp::sso::SingleSignOnByPost>(),
    Entry::of::<saml::idp::sso::OlderSingleSignOn>(),
    Entry::of::<saml::idp::sso::Continue>(),
    Entry::of::<saml::idp::logout::IdentityProviderLogout>(),
    Entry::of::<saml::sp::metadata::ServiceProviderMetadata>(),
    Entry::of::<saml::sp::consume::ConsumeAssertion>(),
    Entry::of::<saml::sp::consume::ConsumeAssertionAtOlderAddress>(),
    Entry::of::<saml::sp::logout::ServiceProviderLogout>(),
    Entry::of::<saml::sp::confirm::ConfirmIntroductionPage>(),
    Entry::of::<saml::sp::confirm::ConfirmIntroduction>(),
    Entry::of::<signin::logout::Logout>(),
    Entry::of::<signin::logout_everywhere::LogoutEverywhere>(),
    Entry::of::<signin::account_pages::login::LandingPage>(),
    Entry::of::<signin::account_pages::login::SignInToAccount>(),
    Entry::of::<signin::account_pages::overview::OverviewPage>(),
    Entry::of::<signin::account_pages::overview::DataPage>(),
    Entry::of::<signin::account_pages::profile::ProfilePage>(),
    Entry::of::<signin::account_pages::profile::ChangeProfile>(),
    Entry::of::<signin::account_pages::password::PasswordPage>(),
    Entry::of::<signin::account_pages::password::ReplacePassword>(),
    Entry::of::<signin::account_pages::passkeys::PasskeysPage>(),
    Entry::of::<signin::account_pages::passkeys::ChangePasskey>(),
    Entry::of::<signin::account_pages::factors::FactorsPage>(),
    Entry::of::<signin::account_pages::factors::ChangeFactor>(),
    Entry::of::<signin::account_pages::identities::IdentitiesPage>(),
    Entry::of::<signin::account_pages::identities::ChangeIdentity>(),
    Entry::of::<signin::account_pages::access::SessionsPage>(),
    Entry::of::<signin::account_pages::access::EndSession>(),
    Entry::of::<signin::account_pages::access::ApplicationsPage>(),
    Entry::of::<signin::account_pages::access::WithdrawConsent>(),
    Entry::of::<signin::account_pages::access::ActivityPage>(),
    Entry::of::<signin::account_pages::keys::KeysPage>(),
    Entry::of::<signin::account_pages::keys::ChangeOwnKey>(),
    Entry::of::<signin::account_pages::delete::DeletionPage>(),
    Entry::of::<signin::account_pages::delete::DeleteAccount>(),
    Entry::of::<signin::account_pages::confirm::ConfirmPage>(),
    Entry::of::<signin::account_pages::confirm::Confirm>(),
    Entry::of::<signin::device::GetDevice>(),
    Entry::of::<signin::device::EnterPage>(),
    Entry::of::<signin::device::DevicePage>(),
    Entry::of::<signin::device::DecideDevice>(),
    Entry::of::<signin::account::GetAccount>(),
    Entry::of::<signin::account::UpdateAccount>(),
    Entry::of::<signin::account::ListAccounts>(),
    Entry::of::<signin::account::Whoami>(),
    Entry::of::<signin::account::ChangePassword>(),
    Entry::of::<signin::account_data::ExportAccount>(),
    Entry::of::<signin::account_data::EraseAccount>(),
    Entry::of::<signin::onboard::Onboard>(),
    Entry::of::<signin::terms::AcceptTerms>(),
    Entry::of::<signin::preferences::UpdatePreferences>(),
    Entry::of::<signin::links::ListLinkedAccounts>(),
    Entry::of::<signin::links::BeginLink>(),
    Entry::of::<signin::links::LinkIdentity>(),
    Entry::of::<signin::links::UnlinkIdentity>(),
    Entry::of::<signin::mfa::ListMfa>(),
    Entry::of::<signin::mfa::DeleteMfa>(),
    Entry::of::<signin::mfa::SetPreferredMfa>(),
    Entry::of::<signin::mfa::RenewRecoveryCodes>(),
    Entry::of::<signin::mfa::InitiateMfa>(),
    Entry::of::<signin::mfa::VerifyMfa>(),
    Entry::of::<signin::mfa::EnableMfa>(),
    Entry::of::<signin::consent::ListConsents>(),
    Entry::of::<signin::consent::NarrowConsent>(),
    // Users
    Entry::of::<users::list::ListUsers>(),
    Entry::of::<users::create::CreateUser>(),
    Entry::of::<users::read::GetUser>(),
    Entry::of::<users::update::UpdateUser>(),
    Entry::of::<users::delete::DeleteUser>(),
    Entry::of::<users::erase::EraseUser>(),
    Entry::of::<users::export::ExportUser>(),
    Entry::of::<users::upsert::UpsertUser>(),
    Entry::of::<users::replace_key::ReplaceUserKey>(),
    Entry::of::<users::revoke_key::RevokeUserKey>(),
    Entry::of::<users::set_password::SetPassword>(),
    Entry::of::<users::reset_factors::ResetSecondFactors>(),
    // Organizations
    Entry::of::<organizations::provision::ProvisionOrganization>(),
    Entry::of::<organizations::list::ListOrganizations>(),
    Entry::of::<organizations::create::CreateOrganization>(),
    Entry::of::<organizations::update::SetAvatar>(),
    Entry::of::<organizations::update::SetProfile>(),
    Entry::of::<organizations::read::GetOrganization>(),
    Entry::of::<organizations::update::UpdateOrganization>(),
    Entry::of::<organizations::delete::DeleteOrganization>(),
    Entry::of::<transfer::export::ExportOrganization>(),
    Entry::of::<transfer::import::ImportOrganization>(),
    Entry::of::<organizations::database::MoveOrganization>(),
    Entry::of::<organizations::tombstones::GetTombstone>(),
    Entry::of::<organizations::tombstones::ReleaseTombstone>(),
    // Memberships
    Entry::of::<memberships::list::ListMemberships>(),
    Entry::of::<memberships::change::AddMembership>(),
    Entry::of::<memberships::change::DeleteMembership>(),
    Entry::of::<memberships::read::GetMembership>(),
    Entry::of::<memberships::change::UpdateMembership>(),
    Entry::of::<memberships::change::RemoveMembership>(),
    // Invitations
    Entry::of::<invitations::list::ListInvitations>(),
    Entry::of::<invitations::change::CreateInvitation>(),
    Entry::of::<signin::invitation::AcceptInvitation>(),
    Entry::of::<invitations::read::GetInvitation>(),
    Entry::of::<invitations::change::UpdateInvitation>(),
    Entry::of::<invitations::change::DeleteInvitation>(),
    Entry::of::<invitations::send::SendInvitation>(),
    // Applications
    Entry::of::<applications::list::ListApplications>(),
    Entry::of::<applications::create::CreateApplication>(),
    Entry::of::<applications::read::GetApplication>(),
    Entry::of::<applications::update::UpdateApplication>(),
    Entry::of::<applications::delete::DeleteApplication>(),
    Entry::of::<applications::secrets::ListSecrets>(),
    Entry::of::<applications::secrets::CreateSecret>(),
    Entry::of::<applications::secrets::DeleteSecret>(),
    Entry::of::<applications::upsert::UpsertApplication>(),
    // Keys
    Entry::of::<keys::list::ListKeys>(),
    Entry::of::<keys::list::ListUserKeys>(),
    Entry::of::<keys::create::CreateKey>(),
    Entry::of::<keys::resolve::ResolvePrincipal>(),
    Entry::of::<keys::resolve::ResolveOrganization>(),
    Entry::of::<keys::read::GetKey>(),
    Entry::of::<keys::update::UpdateKey>(),
    Entry::of::<keys::revoke::DeleteKey>(),
    // Teams, roles and permissions
    Entry::of::<teams::ListTeams>(),
    Entry::of::<teams::CreateTeam>(),
    Entry::of::<teams::GetTeam>(),
    Entry::of::<teams::UpdateTeam>(),
    Entry::of::<teams::DeleteTeam>(),
    Entry::of::<roles::ListRoles>(),
    Entry::of::<roles::CreateRole>(),
    Entry::of::<roles::GetRole>(),
    Entry::of::<roles::UpdateRole>(),
    Entry::of::<roles::DeleteRole>(),
    Entry::of::<permissions::ListPermissions>(),
    Entry::of::<permissions::CreatePermission>(),
    Entry::of::<permissions::GetPermission>(),
    Entry::of::<permissions::UpdatePermission>(),
    Entry::of::<permissions::DeletePermission>(),
    // Workspaces, projects and providers
    Entry::of::<workspaces::ListWorkspaces>(),
    Entry::of::<workspaces::CreateWorkspace>(),
    Entry::of::<workspaces::GetWorkspace>(),
    Entry::of::<workspaces::UpdateWorkspace>(),
    Entry::of::<workspaces::DeleteWorkspace>(),
    Entry::of::<projects::ListProjects>(),
    Entry::of::<projects::CreateProject>(),
    Entry::of::<projects::GetProject>(),
    Entry::of::<projects::UpdateProject>(),
    Entry::of::<projects::DeleteProject>(),
    Entry::of::<domains::ListDomains>(),
    Entry::of::<domains::ClaimDomain>(),
    Entry::of::<domains::VerifyDomain>(),
    Entry::of::<domains::RemoveDomain>(),
    Entry::of::<saml::keys::ListSamlKeys>(),
    Entry::of::<saml::keys::AnnounceSamlKey>(),
    Entry::of::<saml::keys::DiscardSamlKey>(),
    Entry::of::<providers::ListProviders>(),
    Entry::of::<providers::CreateProvider>(),
    Entry::of::<providers::GetProvider>(),
    Entry::of::<providers::UpdateProvider>(),
    Entry::of::<providers::DeleteProvider>(),
    Entry::of::<providers::attempts::ListAttempts>(),
    Entry::of::<providers::check::CheckProvider>(),
    Entry::of::<providers::mapping::TryMapping>(),
    Entry::of::<ldap_syncs::ListSyncs>(),
    Entry::of::<ldap_syncs::StartSync>(),
    Entry::of::<ldap_syncs::GetSync>(),
    Entry::of::<ldap_syncs::CancelSync>(),
    // Service accounts
    Entry::of::<service_accounts::list::ListServiceAccounts>(),
    Entry::of::<service_accounts::create::CreateServiceAccount>(),
    Entry::of::<service_accounts::delete::DeleteServiceAccount>(),
    Entry::of::<service_accounts::rotate::RotateServiceAccountKey>(),
    // Sessions and tokens
    Entry::of::<sessions::list::ListSessions>(),
    Entry::of::<sessions::change::CreateSession>(),
    Entry::of::<sessions::read::GetSession>(),
    Entry::of::<sessions::change::UpdateSession>(),
    Entry::of::<sessions::end::DeleteSession>(),
    Entry::of::<tokens::list::ListTokens>(),
    Entry::of::<tokens::change::CreateToken>(),
    Entry::of::<tokens::read::GetToken>(),
    Entry::of::<tokens::change::UpdateToken>(),
    Entry::of::<tokens::end::DeleteToken>(),
    Entry::of::<acting::issue::IssueToken>(),
    Entry::of::<acting::impersonate::Impersonate>(),
    Entry::of::<acting::assume::Assume>(),
    Entry::of::<acting::assume::Release>(),
    Entry::of::<acting::switch::Switch>(),
    // The account's own keys
    Entry::of::<account::csrf::GetCsrfToken>(),
    Entry::of::<account::keys::list::ListAccountKeys>(),
    Entry::of::<account::keys::create::CreateAccountKey>(),
    Entry::of::<account::keys::change::UpdateAccountKey>(),
    Entry::of::<account::keys::change::DeleteAccountKey>(),
    // Authority
    Entry::of::<authority::ExplainAuthority>(),
    // The audit trail
    Entry::of::<audit::list::ListAuditLogs>(),
    Entry::of::<audit::append::CreateAuditLog>(),
    Entry::of::<audit::verify::VerifyAuditLogs>(),
    Entry::of::<audit::export::ExportAuditLogs>(),
    Entry::of::<audit::read::GetAuditLog>(),
    // Webhooks
    Entry::of::<webhooks::ListWebhooks>(),
    Entry::of::<webhooks::CreateWebhook>(),
    Entry::of::<webhooks::GetWebhook>(),
    Entry::of::<webhooks::UpdateWebhook>(),
    Entry::of::<webhooks::DeleteWebhook>(),
    Entry::of::<webhooks::RotateSecret>(),
    Entry::of::<webhooks::ListDeliveries>(),
    Entry::of::<webhooks::ReplayDelivery>(),
    // Passkeys and security keys
    Entry::of::<webauthn_credentials::ListWebauthnCredentials>(),
    Entry::of::<webauthn_credentials::CreateWebauthnCredential>(),
    Entry::of::<webauthn_credentials::GetWebauthnCredential>(),
    Entry::of::<webauthn_credentials::UpdateWebauthnCredential>(),
    Entry::of::<webauthn_credentials::DeleteWebauthnCredential>(),
    // Signing keys
    Entry::of::<certs::ListCerts>(),
    Entry::of::<certs::CreateCert>(),
    Entry::of::<certs::GetCert>(),
    Entry::of::<certs::UpdateCert>(),
    Entry::of::<certs::DeleteCert>(),
    Entry::of::<signing_keys::List>(),
    Entry::of::<signing_keys::Discard>(),
    // SCIM
    Entry::of::<scim::discovery::GetServiceProviderConfig>(),
    Entry::of::<scim::discovery::ListResourceTypes>(),
    Entry::of::<scim::discovery::GetResourceType>(),
    Entry::of::<scim::discovery::ListSchemas>(),
    Entry::of::<scim::discovery::GetSchema>(),
    Entry::of::<scim::users::list::ListScimUsers>(),
    Entry::of::<scim::users::list::SearchScimUsers>(),
    Entry::of::<scim::users::create::CreateScimUser>(),
    Entry::of::<scim::users::read::GetScimUser>(),
    Entry::of::<scim::users::read::GetScimUserByName>(),
    Entry::of::<scim::users::update::ReplaceScimUser>(),
    Entry::of::<scim::users::update::ReplaceScimUserByName>(),
    Entry::of::<scim::users::update::PatchScimUser>(),
    Entry::of::<scim::users::update::PatchScimUserByName>(),
    Entry::of::<scim::users::delete::DeleteScimUser>(),
    Entry::of::<scim::users::delete::DeleteScimUserByName>(),
    Entry::of::<scim::groups::ListScimGroups>(),
    Entry::of::<scim::groups::SearchScimGroups>(),
    Entry::of::<scim::groups::CreateScimGroup>(),
    Entry::of::<scim::groups::GetScimGroup>(),
    Entry::of::<scim::groups::ReplaceScimGroup>(),
    Entry::of::<scim::groups::PatchScimGroup>(),
    Entry::of::<scim::groups::DeleteScimGroup>(),
    Entry::of::<scim::users::read::GetScimMe>(),
    Entry::of::<scim::users::update::ReplaceScimMe>(),
    Entry::of::<scim::users::update::PatchScimMe>(),
    Entry::of::<scim::search::SearchScim>(),
    Entry::of::<scim::bulk::RunScimBulk>(),
    // Decisions
    Entry::of::<authorization::enforce::Enforce>(),
    Entry::of::<authorization::enforce::BatchEnforce>(),
    Entry::of::<authorization::check::CheckPath>(),
    Entry::of::<authorization::evaluation::Evaluate>(),
    Entry::of::<authorization::evaluation::EvaluateMany>(),
    Entry::of::<authorization::metadata::Metadata>(),
    Entry::of::<authorization::permissions::ListUserPermissions>(),
    // Between the workers
    Entry::of::<internal::Snapshot>(),
    Entry::of::<internal::Revocations>(),
    Entry::of::<internal::KeyRecord>(),
    Entry::of::<internal::policy::GetPolicy>(),
    Entry::of::<internal::policy::Decide>(),
    Entry::of::<internal::ReportExposure>(),
    Entry::of::<internal::usage::ReportUsage>(),
    Entry::of::<internal::bootstrap::Bootstrap>(),
];

/// The endpoints at a path, and its variable segments.
#[derive(Debug)]
pub struct Matched<'a> {
    endpoints: Vec<&'static Entry>,
    /// The values of the template's `{…}`, in order.
    pub segments: Vec<&'a str>,
}

impl<'a> Matched<'a> {
    /// The endpoints whose template matches `path`, preferring the template with the most literal
    /// segments.
    pub fn find(path: &[&'a str]) -> Option<Self> {
        let mut found: Option<Self> = None;
        for entry in ENDPOINTS {
            let Some(segments) = entry.declaration.segments(path) else { continue };
            match &mut found {
                Some(known) if known.segments.len() < segments.len() => {}
                Some(known) if known.segments.len() == segments.len() => {
                    known.endpoints.push(entry);
                }
                _ => found = Some(Self { endpoints: vec![entry], segments }),
            }
        }
        found
    }

    /// The endpoint of a method.
    pub fn endpoint(&self, method: &http::Method) -> Option<&'static Entry> {
        let takes = |entry: &&&Entry| entry.declaration.takes(method);
        self.endpoints.iter().find(takes).copied()
    }

    /// Any declaration of the path, for method-independent properties.
    pub fn declaration(&self) -> Option<&'static Declaration> {
        self.endpoints.first().map(|entry| &entry.declaration)
    }

    /// Refuses a method that the path does not accept, in the path's error format.
    pub fn refuse(&self, error: RestError) -> Response {
        match self.endpoints.first() {
            Some(entry) => (entry.refuse)(error),
            None => error.into_response(),
        }
    }

    /// The value of `Allow` (RFC 9110 §10.2.1).
    pub fn allow(&self) -> String {
        let mut verbs: Vec<_> =
            self.endpoints.iter().flat_map(|entry| entry.declaration.verbs()).collect();
        verbs.sort_unstable();
        verbs.dedup();
        let mut methods = Vec::new();
        for verb in verbs {
            methods.push(verb.as_str());
            if verb.as_str() == "GET" {
                methods.push("HEAD");
            }
        }
        methods.join(", ")
    }
}

/// The endpoint with that operation id.
pub fn operation(id: &str) -> Option<&'static Declaration> {
    ENDPOINTS.iter().map(|entry| &entry.declaration).find(|known| known.operation == id)
}
