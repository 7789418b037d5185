//! Protocol tests over the origin's one way in: a request, an answer, and a clock that moves.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may panic"
)]
#![expect(unreachable_pub, reason = "read by the tests only")]

mod account_keys;
mod acting;
mod application_secrets;
mod attack;
mod attack_control;
mod attack_redesign;
mod audit;

mod authority;
mod browser;
mod compat_bodies;
mod compat_calls;
mod consent;
mod cors;
mod credentials;
mod credentials_of_users;
mod databases;
mod databases_together;
mod directory_caller;
mod directory_clients;
mod directory_compat;
mod directory_keys;
mod directory_plans;
mod directory_quotas;
mod directory_races;
mod directory_roles;
mod directory_sessions;
mod directory_settable;
mod directory_trips;
mod directory_users;
mod edge_documents;
mod edge_gateway;
mod edge_hosts;
mod edge_keys;
mod edge_limits;
mod edge_log;
mod edge_lookups;
mod edge_policy;
mod edge_revocation;
mod edge_verify;
mod edge_world;
mod explain;
mod interleaved;
mod internal;
mod invitations;
mod keyring;
mod layers;
mod limits_keys;
mod limits_rate;
mod limits_usage;
mod lists;
mod log;
mod logouts;
mod memberships;
mod messages;
mod methods;
mod oauth;
mod oauth_client;
mod oauth_code;
mod oauth_device;
mod oauth_exchange;
mod oauth_introspect;
mod oauth_races;
mod oauth_refresh;
mod oauth_userinfo;
mod onboard;
mod openapi;
mod operations;
mod operators;
mod owned;
mod passwords;
mod people;
mod plans;
mod platform;
mod policy;
mod policy_forms;
mod policy_publication;
mod policy_world;
mod publication;
mod reference;
mod resource_rules;
mod resources;
mod revocation;
mod revocation_events;
mod revocation_feed;
mod revocation_interleavings;
mod revocation_restore;
mod revocation_signing_key;
mod root_key_rotation;
mod scim;
mod service_accounts;
mod sessions;
mod signin_authorize;
mod signin_device;
mod signin_hint;
mod signin_limits;
mod signin_login;
mod signin_logout;
mod switching;
mod tenant;
mod token;
mod transfer;
mod trips;
mod upgrade;
mod versions;
mod watched;
mod webhooks;
mod world;
