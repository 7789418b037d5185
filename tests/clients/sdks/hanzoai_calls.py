"""Every IAM operation of PyPI `hanzoai` 8.5.914, its token and its `as_`. WORLD holds the world.

An operation whose body its document does not describe takes no body at all in this SDK, so that the server can
only say what is missing.
"""

import inspect
import json

from hanzoai.client import Client
from hanzoai.cloud import models
from hanzoai.cloud.api.iam_api import IamApi
from hanzoai.cloud.exceptions import ApiException
from report import BASE, CLIENT, WORLD, Report

report = Report()
APP = CLIENT["name"]
# The token is for one resource (RFC 8707): the services' by default, the directory's to administer.
services = Client(CLIENT["clientId"], CLIENT["clientSecret"], base=BASE, issuer=BASE, resource="https://api.hanzo.ai")
client = Client(CLIENT["clientId"], CLIENT["clientSecret"], base=BASE, issuer=BASE, resource=f"{BASE}/v1/iam")
iam = IamApi(client)


class Bearer:
    """A credential that the program has."""

    def __init__(self, text):
        self.text = text

    def token(self):
        return self.text

    def invalidate(self):
        pass


platform = IamApi(Client(base=BASE, issuer=BASE, credential=Bearer(WORLD["platformKey"])))


def person(name):
    """The API with the access token of a signed-in person."""
    return IamApi(Client(base=BASE, issuer=BASE, credential=Bearer(WORLD["tokens"][name]["access_token"])))


def call(name, /, *args, check=None, by=iam, label=None, raw=False, **kwargs):
    """Calls the operation; a failure is what the body of the response says.

    The document of this SDK gives many operations no reply: what the server sent is looked at too.
    """
    def run():
        try:
            answer = getattr(by, f"{name}_with_http_info")(*args, **kwargs)
        except ApiException as error:
            raise Exception(f"{error.status} {(error.body or '').strip()}") from error
        try:
            sent = json.loads(answer.raw_data)
        except ValueError:  # a page, or nothing
            sent = {}
        if sent.get("status") == "error":
            raise Exception(sent["msg"])
        return sent if raw else answer.data
    report.tried.add(name)
    return report.call(label or name, run, check)


def has(*names, of):
    """A check: the member `of` is a list with objects of these names."""
    return lambda found: set(names) <= {one.name for one in getattr(found, of)}


def named(name, of=None):
    return lambda found: (getattr(found, of) if of else found).name == name


def crud(path, many, model, one, *, create=None, key=("hanzo",), member=None, changed=None):
    """The five operations of a collection under `/v1/iam/<path>`."""
    name = one.name
    call(create or f"post_iam_{path}", one, check=named(name, member))
    listed = (lambda: call(f"get_iam_{path}", check=has(name, of=many))) if "hanzo" not in key else (
        lambda: call(f"get_iam_{path}", "hanzo", check=has(name, of=many)))
    listed()
    by = "by_owner_by_name" if key else "by_name"
    call(f"get_iam_{path}_{by}", *key, name, check=named(name, member))
    call(f"put_iam_{path}_{by}", *key, name, changed or model(name=name, displayName="Renamed"),
         check=lambda found: (found.user if hasattr(found, "user") and found.user else found).display_name == "Renamed")
    call(f"delete_iam_{path}_{by}", *key, name, check=lambda found: found.deleted)


def tokens():
    report.call("Token.token", services.credential.token, lambda text: text.count(".") == 2)
    acting = client.as_("hanzo/bob")
    report.call("as_", acting.credential.token, lambda text: text.count(".") == 2)
    call("get_iam_oauth_userinfo", by=IamApi(acting), raw=True, label="as_, then get_iam_oauth_userinfo",
         check=lambda sent: sent["preferred_username"] == "bob")
    call("get_iam_whoami", by=IamApi(acting), label="as_, then get_iam_whoami")
    call("get_iam_whoami", by=person("bob"), raw=True, check=lambda sent: sent["data"]["name"] == "bob")
    call("get_iam_oauth_userinfo", by=IamApi(services))
    for name in (
        "get_iam_well_known_jwks", "get_iam_well_known_oauth_authorization_server",
        "get_iam_well_known_openid_configuration", "get_iam_accounts",
    ):
        call(name)
    call("get_iam_auth_application", APP, "code")
    call("get_iam_auth_methods", APP)
    call("post_iam_auth_identifier", models.IamIdentifierBody(clientId=APP, identifier="bob"))


def directory():
    user = models.IamUser(owner="hanzo", name="zed", displayName="Zed", email="zed@hanzo.example")
    call("post_iam_users", models.IamCreateInput(user=user, password="correct horse battery"), check=named("zed"))
    call("get_iam_users", "hanzo", check=has("alice", "zed", of="users"))
    call("get_iam_users_by_owner_by_name", "hanzo", "zed", check=named("zed"))
    user.display_name = "Renamed"
    call("put_iam_users_by_owner_by_name", "hanzo", "zed", models.IamUpdateInput(user=user),
         check=lambda found: found.display_name == "Renamed")
    call("post_iam_users_by_owner_by_name_keys", "hanzo", "zed")
    call("delete_iam_users_by_owner_by_name_keys", "hanzo", "zed")
    call("delete_iam_users_by_owner_by_name", "hanzo", "zed", check=lambda found: found.deleted)

    application = models.IamApplication(owner="admin", name="hanzo-kiosk", organization="hanzo", displayName="Kiosk",
                                        redirectUris=["https://kiosk.example/cb"])
    # What `admin` owns is a first-party application, which the platform administers.
    call("post_iam_applications", application, label="post_iam_applications, of the platform, as the organization")
    call("post_iam_applications", application, by=platform, check=named("hanzo-kiosk"))
    call("get_iam_applications", "admin", check=has(APP, "hanzo-kiosk", of="applications"))
    call("get_iam_applications_by_owner_by_name", "admin", "hanzo-kiosk", check=named("hanzo-kiosk"))
    call("put_iam_applications_by_owner_by_name", "admin", "hanzo-kiosk", models.IamApplication(displayName="Renamed"),
         by=platform, check=lambda found: found.display_name == "Renamed")
    call("delete_iam_applications_by_owner_by_name", "admin", "hanzo-kiosk", by=platform, check=lambda found: found.deleted)
    call("upsert_application", models.IamRegistration(name="hanzo-kiosk", organization="hanzo", clientId="hanzo-kiosk",
                                                      redirectUris=["https://kiosk.example/cb"]), by=platform)
    call("upsert_user", models.IamPerson(owner="hanzo", name="upserted", email="upserted@hanzo.example"), by=platform)
    organizations()
    crud("keys", "keys", models.IamKey, models.IamKey(owner="hanzo", name="zed-key", displayName="Zed's"))


def organizations():
    body = models.IamCreateOrganizationInput(owner="admin", name="globex", displayName="Globex")
    call("create_organization", body, by=platform, check=named("globex"))
    call("list_organizations", by=platform, check=has("hanzo", "globex", of="organizations"))
    call("get_organization", "admin", "globex", by=platform, check=named("globex"))
    call("update_organization", "admin", "globex", models.IamUpdateOrganizationInput(displayName="Renamed"), by=platform,
         check=lambda found: found.display_name == "Renamed")
    call("set_organization_avatar", models.IamSetAvatarInput(name="globex", emoji="🌍"), by=platform)
    call("set_organization_profile", models.IamSetProfileInput(name="globex", displayName="Again"), by=platform)
    call("delete_organization", "admin", "globex", by=platform)
    call("get_organization_tombstone", "admin", "globex", by=platform, check=named("globex"))
    call("release_organization_name", "admin", "globex", by=platform, check=lambda found: found.released)


def resources():
    crud("roles", "roles", models.IamInput, models.IamInput(owner="hanzo", name="writer", displayName="W", isEnabled=True))
    permission = models.IamPermission(
        owner="hanzo", name="write-reports", displayName="W", resources=["reports"], actions=["Write"], effect="Allow",
        isEnabled=True)
    call("post_iam_permissions", permission, check=named("write-reports"))
    # Its type in this SDK is SCIM's list, which has no member for them.
    call("get_iam_permissions", "hanzo", raw=True,
         check=lambda sent: "write-reports" in {one["name"] for one in sent["permissions"]})
    call("get_iam_permissions_by_owner_by_name", "hanzo", "write-reports", check=named("write-reports"))
    call("put_iam_permissions_by_owner_by_name", "hanzo", "write-reports", models.IamPermission(displayName="Renamed"),
         check=lambda found: found.display_name == "Renamed")
    call("delete_iam_permissions_by_owner_by_name", "hanzo", "write-reports", check=lambda found: found.deleted)
    crud("teams", "teams", models.IamTeamsInput, models.IamTeamsInput(name="writers", displayName="Writers"), key=())
    crud("workspaces", "workspaces", models.IamWorkspacesInput, models.IamWorkspacesInput(
        owner="hanzo", name="lab", displayName="Lab"))
    crud("projects", "projects", models.IamProjectsInput, models.IamProjectsInput(
        owner="hanzo", name="probe", displayName="Probe"))
    # The server names a certificate: by the thumbprint of its key.
    cert = models.IamCert(owner="admin", name="cert-shop", displayName="Shop", cryptoAlgorithm="RS256")
    call("post_iam_certs", cert, label="post_iam_certs, as the organization")
    made = call("post_iam_certs", cert, by=platform, check=lambda found: found.crypto_algorithm == "RS256")
    call("get_iam_certs", "admin", check=has(made.name, of="certs"))
    call("get_iam_certs_by_owner_by_name", "admin", made.name, check=named(made.name))
    call("put_iam_certs_by_owner_by_name", "admin", made.name, models.IamCert(displayName="Renamed"), by=platform)
    call("delete_iam_certs_by_owner_by_name", "admin", made.name, by=platform, check=lambda found: found.deleted)
    come = models.IamInvitationsInput(owner="hanzo", name="come", displayName="Come", email="come@hanzo.example", quota=1)
    code = call("post_iam_invitations", come, check=named("come")).code
    call("post_iam_invitations_accept", models.IamAcceptBody(owner="hanzo", code=code),
         label="post_iam_invitations_accept, as a program")
    call("post_iam_invitations_by_owner_by_name_send", "hanzo", "come")
    call("get_iam_invitations", "hanzo", check=has("come", of="invitations"))
    call("get_iam_invitations_by_owner_by_name", "hanzo", "come", check=named("come"))
    call("put_iam_invitations_by_owner_by_name", "hanzo", "come", models.IamInvitationsInput(displayName="Renamed"),
         check=lambda found: found.display_name == "Renamed")
    call("delete_iam_invitations_by_owner_by_name", "hanzo", "come", check=lambda found: found.deleted)
    anyone = models.IamInvitationsInput(owner="hanzo", name="anyone", displayName="Anyone", quota=1)
    code = iam.post_iam_invitations(anyone).code
    call("post_iam_invitations_accept", models.IamAcceptBody(owner="hanzo", code=code), by=person("dave"))
    provider = models.IamProvider(owner="hanzo", name="provider-shop", displayName="Shop", category="OAuth", type="GitHub",
                                  clientId="id", clientSecret="a provider's secret")
    call("add_provider", provider, check=named("provider-shop", "provider"))
    call("list_providers", "hanzo", check=has("provider-shop", of="providers"))
    call("get_provider", "hanzo", "provider-shop", check=lambda found: found.provider.client_secret in ("", "***", None))
    provider.display_name = "Renamed"
    call("update_provider", "hanzo", "provider-shop", provider, check=lambda found: found.affected)
    call("delete_provider", "hanzo", "provider-shop", check=lambda found: found.affected)
    call("get_iam_audit_logs", "hanzo", check=lambda found: len(found.audit_logs) > 0)
    log = call("get_iam_audit_logs", "hanzo", label="get_iam_audit_logs, for one")
    first = log.audit_logs[0].name if log else "none"
    call("get_iam_audit_logs_by_owner_by_name", "hanzo", first, check=named(first))
    body = models.IamAuditlogsInput(owner="hanzo", name="forged")
    call("post_iam_audit_logs", body)
    call("put_iam_audit_logs_by_owner_by_name", "hanzo", first, body)
    call("delete_iam_audit_logs_by_owner_by_name", "hanzo", first)


def credentials():
    found = call("list_sessions", "hanzo", check=lambda found: len(found.sessions) > 0)
    held = (found.sessions[0].name, found.sessions[0].application) if found and found.sessions else ("alice", APP)
    call("get_session", "hanzo", *held, check=named(held[0]))
    call("create_session", models.IamCreateSessionIn(owner="hanzo", name="bob", application=APP, sessionId=["forged"]))
    call("update_session", "hanzo", *held, models.IamUpdateSessionIn(owner="hanzo", name=held[0], application=held[1]))
    call("delete_session", "hanzo", *held)
    found = call("list_tokens", "hanzo", check=lambda found: len(found.tokens) > 0)
    name = found.tokens[0].name if found and found.tokens else "none"
    call("get_token", "hanzo", name, check=named(name, "token"))
    body = models.IamToken(owner="hanzo", name="forged", user="bob")
    call("add_token", body)
    call("update_token", "hanzo", name, body)
    call("delete_token", "hanzo", name, check=lambda found: found.affected)
    call("get_iam_memberships", "hanzo/bob", check=lambda found: found.data[0]["org"] == "hanzo")
    call("get_iam_service_accounts", "hanzo", check=lambda found: found.status == "ok")
    # Its document describes no body for some: this SDK sends none.
    call("post_iam_service_accounts")
    client.send("POST", "/v1/iam/service-accounts", body={"organization": "hanzo", "name": "robot", "user": "bob"})
    call("post_iam_service_accounts_by_name_keys", "hanzo-robot")
    call("delete_iam_service_accounts_by_name", "hanzo-robot")
    call("list_webauthn_credentials", "hanzo/bob", check=lambda found: found.webauthn_credentials == [])
    body = models.IamWebauthnCredential(owner="hanzo", name="forged", user="bob")
    call("add_webauthn_credential", body)
    call("get_webauthn_credential", "hanzo", "none")
    call("update_webauthn_credential", "hanzo", "none", body)
    call("delete_webauthn_credential", "hanzo", "none")


def scim():
    call("get_iam_scim_v2_serviceproviderconfig")
    call("get_iam_scim_v2_resourcetypes")
    call("get_iam_scim_v2_resourcetypes_by_name", "User")
    call("get_iam_scim_v2_schemas")
    call("get_iam_scim_v2_schemas_by_id", "urn:ietf:params:scim:schemas:core:2.0:User")
    call("get_iam_scim_v2_users")
    call("get_iam_scim_v2_users_by_owner_by_name", "hanzo", "bob")
    call("delete_iam_scim_v2_users_by_owner_by_name", "hanzo", "upserted")


def account():
    """What a person does with the account, by the token of a sign-in."""
    bob = person("bob")
    call("get_iam_account", by=bob, raw=True, check=lambda sent: sent["data"]["name"] == "bob")
    call("put_iam_account", models.IamAccountBody(displayName="Bobby"), by=bob)
    call("put_iam_terms", models.IamTermsBody(terms="1"), by=bob)
    call("get_iam_consent", by=bob)
    password = next(user["password"] for user in WORLD["users"] if user["name"] == "bob")
    call("put_iam_password", models.IamPasswordBody(oldPassword=password, password="another good password"), by=bob)


def rest():
    """What takes no body in this SDK, and what the document has and this server has not."""
    arguments = {"owner": "hanzo", "name": "none"}
    for name in operations():
        if name not in report.tried:
            parameters = inspect.signature(getattr(iam, name)).parameters
            call(name, **{key: value for key, value in arguments.items() if key in parameters})


def operations():
    public = [name for name, _ in inspect.getmembers(iam, callable) if not name.startswith("_")]
    return [name for name in public if not name.endswith(("_with_http_info", "_without_preload_content"))]


if __name__ == "__main__":
    tokens()
    directory()
    resources()
    credentials()
    scim()
    account()
    rest()
