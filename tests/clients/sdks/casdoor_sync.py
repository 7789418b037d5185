"""Every call of PyPI `casdoor` 1.43.3, as `CasdoorSDK`. WORLD holds the world.

The SDK sends the client's secret in the URL unless it has an access token: `with_access_token` is how it
is configured here, with a token of the client itself.
"""

from casdoor import CasdoorSDK, User
from casdoor.adapter import Adapter
from casdoor.application import Application
from casdoor.cert import Cert
from casdoor.enforcer import Enforcer
from casdoor.group import Group
from casdoor.invitation import Invitation
from casdoor.ldap import Ldap
from casdoor.model import Model
from casdoor.order import Order
from casdoor.organization import Organization
from casdoor.payment import Payment
from casdoor.permission import Permission
from casdoor.plan import Plan
from casdoor.policy import Policy
from casdoor.pricing import Pricing
from casdoor.product import Product
from casdoor.provider import Provider
from casdoor.record import Record
from casdoor.resource import Resource
from casdoor.role import Role
from casdoor.session import Session
from casdoor.subscription import Subscription
from casdoor.syncer import Syncer
from casdoor.token import Token
from casdoor.transaction import Transaction
from casdoor.webhook import Webhook
from report import BASE, CLIENT, WORLD, Report, confirmed, is_affected, is_list_of, is_ok, is_page_of, served, user

report = Report()
call = report.call
CERTIFICATE = WORLD["certificates"]["access"]
client = CasdoorSDK(BASE, CLIENT["clientId"], CLIENT["clientSecret"], CERTIFICATE, "hanzo", CLIENT["name"])
#: Administers the organization.
sdk = client.with_access_token(client.get_oauth_token()["access_token"])
#: Administers the platform.
platform = client.with_access_token(WORLD["platformKey"])


def made(kind, name, owner="hanzo", **members):
    """An object as a program makes it: the members that the SDK fills in, and these."""
    one = kind()
    one.owner, one.name = owner, name
    for member, value in {"displayName": f"The {name}", **members}.items():
        setattr(one, member, value)
    return one


def resource(singular, kind, one, *, by=sdk, key=None, pages=True, columns=True, member="displayName",
             renamed="Renamed", add_check=is_affected):
    """Creates, reads and changes one object of a kind."""
    plural = singular + "s"
    key = key or one.name
    read = lambda: getattr(by, f"get_{singular}")(key)
    call(f"add_{singular}", lambda: getattr(by, f"add_{singular}")(one), add_check)
    call(f"get_{plural}", getattr(by, f"get_{plural}"), is_list_of(kind, one.name))
    found = call(
        f"get_{singular}", read,
        lambda found: isinstance(found, kind) and found.name == one.name and getattr(found, member) == getattr(one, member),
    )
    if pages:
        call(f"get_pagination_{plural}", lambda: getattr(by, f"get_pagination_{plural}")(1, 2), is_page_of(kind, 2))
    changed = found or one
    setattr(changed, member, renamed)
    call(f"update_{singular}", lambda: (getattr(by, f"update_{singular}")(changed), getattr(read(), member))[1],
         lambda value: value == renamed)
    if columns and hasattr(by, f"update_{singular}_for_columns"):
        changed.displayName, before = "Again", getattr(changed, "description", None)
        if before is not None:
            changed.description = "not sent"
        call(
            f"update_{singular}_for_columns",
            lambda: (getattr(by, f"update_{singular}_for_columns")(changed, ["displayName"]), read())[1],
            lambda now: now.displayName == "Again" and getattr(now, "description", None) != "not sent",
        )
    return changed


def deleted(singular, one, *, by=sdk, key=None):
    """Deletes the object, which then is gone."""
    def run():
        getattr(by, f"delete_{singular}")(one)
        try:
            getattr(by, f"get_{singular}")(key or one.name)
        except Exception as error:
            return str(error)
        return "still there"
    call(f"delete_{singular}", run, lambda text: text == "not found")


def done(answer):
    """The answer of a change that took place; some methods return a failure instead of raising it."""
    if is_ok(answer):
        return answer
    raise ValueError(answer.get("msg", answer))


def tokens_and_links():
    call("get_oauth_token", client.get_oauth_token, lambda token: token["token_type"] == "Bearer")
    call("oauth_token_request", client.oauth_token_request, lambda answer: answer.status_code == 200)
    alice = user("alice")
    token = call(
        "get_oauth_token_by_password",
        lambda: client.get_oauth_token_by_password("alice", alice["password"]),
        lambda token: token["access_token"],
    )
    # It sends no redirect URI: the application has one.
    site = WORLD["site"]
    web = CasdoorSDK(BASE, site["clientId"], site["clientSecret"], CERTIFICATE, "hanzo", site["name"])
    call("get_oauth_token, by a code", lambda: web.get_oauth_token(site["code"]), lambda token: token["access_token"])
    call("impersonate_user", lambda: client.impersonate_user("alice", "the master password"))
    refresh = WORLD["refresh"]
    answer = call("refresh_token_request", lambda: client.refresh_token_request(refresh[0]),
                  lambda answer: answer.json()["refresh_token"])
    call("refresh_oauth_token", lambda: client.refresh_oauth_token(refresh[1]), lambda text: text.count(".") == 2)
    call("refresh_oauth_tokens", lambda: client.refresh_oauth_tokens(refresh[2]), lambda found: found["access_token"])
    call("parse_jwt_token", lambda: client.parse_jwt_token(token["access_token"]),
         lambda claims: claims["name"] == "alice" and claims["owner"] == "hanzo")
    call("introspect_token", lambda: client.introspect_token(token["access_token"]), lambda found: found["active"])
    link = "http://localhost:3000/callback"
    call("get_auth_link", lambda: served(client.get_auth_link(link, state="s")))
    call("get_signin_url", lambda: served(client.get_signin_url(link)))
    call("get_signup_url", lambda: served(client.get_signup_url()))
    call("get_user_profile_url", lambda: served(client.get_user_profile_url("alice")))
    call("get_my_profile_url", lambda: served(client.get_my_profile_url()))
    call("get_account", lambda: client.with_access_token(token["access_token"]).get_account(),
         lambda found: found.name == "alice")
    bob = [client.get_oauth_token_by_password("bob", user("bob")["password"])["access_token"] for _ in range(3)]
    call("logout_current_session", lambda: client.logout_current_session(bob[0]), is_ok)
    call("logout", lambda: (client.logout(bob[1]), client.introspect_token(bob[2]))[1], lambda found: not found["active"])


def users():
    zoe = made(User, "zoe", email="zoe@hanzo.example", phone="+14155550123", password="correct horse battery")
    call("add_user", lambda: sdk.add_user(zoe), is_ok)
    found = call("get_user", lambda: sdk.get_user("zoe"), lambda found: found.email == zoe.email)
    call("get_users", sdk.get_users, is_list_of(User, "alice", "bob", "zoe"))
    call("get_global_users", platform.get_global_users, is_list_of(User, "zoe", "dave"))
    call("get_sorted_users", lambda: sdk.get_sorted_users("created_time", "2"),
         lambda found: len(found) == 2 and found[0].name == "zoe")
    call("get_user_by_email", lambda: sdk.get_user_by_email(zoe.email), lambda found: found.name == "zoe")
    call("get_user_by_phone", lambda: sdk.get_user_by_phone(zoe.phone), lambda found: found.name == "zoe")
    call("get_user_by_user_id", lambda: sdk.get_user_by_user_id(found.id), lambda found: found.name == "zoe")
    call("get_user_count", sdk.get_user_count, lambda count: count >= 4)
    call("get_user_count, of those online", lambda: confirmed(sdk.get_user_count(True)))
    call("get_pagination_users", lambda: sdk.get_pagination_users(2, 2), is_page_of(User, 2))
    name = lambda: sdk.get_user("zoe").displayName

    def renamed(update, to):
        def run():
            found.displayName = to
            update()
            return name() == to
        return run
    call("update_user", renamed(lambda: sdk.update_user(found), "Zoë"), bool)
    call("update_user_by_id", renamed(lambda: sdk.update_user_by_id("hanzo/zoe", found), "Zoë B"), bool)
    call("update_user_for_columns", renamed(lambda: sdk.update_user_for_columns(found, ["displayName"]), "Zoë C"), bool)
    call("update_user_by_user_id", renamed(lambda: sdk.update_user_by_user_id("hanzo", found.id, found), "Zoë D"), bool)
    call("modify_user", renamed(lambda: sdk.modify_user("update-user", found), "Zoë E"), bool)
    call("modify_user_by_id", renamed(lambda: sdk.modify_user_by_id("update-user", "hanzo/zoe", found), "Zoë F"), bool)
    call("set_password", lambda: sdk.set_password("hanzo", "zoe", "", "another good password"), bool)
    zoe.password = "another good password"
    call("check_user_password", lambda: confirmed(sdk.check_user_password(zoe)))
    call("delete_user", lambda: sdk.delete_user(zoe), is_ok)


def directory():
    call("get_organization_names", platform.get_organization_names, is_list_of(Organization, "hanzo", "acme"))
    organization = made(Organization, "umbrella", "admin")
    organization = resource("organization", Organization, organization, by=platform, pages=False)
    deleted("organization", organization, by=platform)
    call("get_organization_applications", sdk.get_organization_applications, is_list_of(Application, CLIENT["name"]))
    # What `admin` owns is a first-party application, which the platform administers.
    own = {"organization": "hanzo", "redirectUris": ["https://shop.example/cb"]}
    call("add_application, of the platform, as the organization",
         lambda: sdk.add_application(made(Application, "hanzo-shop", "admin", **own)))
    application = made(Application, "hanzo-shop", "hanzo", **own)
    application = resource("application", Application, application, key="hanzo/hanzo-shop", pages=False,
                           add_check=lambda text: "clientSecret" in text)
    deleted("application", application, key="hanzo/hanzo-shop")

    group = resource("group", Group, made(Group, "engineers", users=["hanzo/bob"]))
    role = resource("role", Role, made(Role, "reader", users=["hanzo/bob"], roles=[], domains=[], isEnabled=True))
    call("assign_role_to_user", lambda: sdk.assign_role_to_user("carol", "reader"), is_ok)
    call("get_user_roles", lambda: sdk.get_user_roles("carol"), is_list_of(Role, "reader"))
    call("remove_role_from_user", lambda: (sdk.remove_role_from_user("carol", "reader"), sdk.get_user_roles("carol"))[1],
         lambda roles: roles == [])
    permission = resource("permission", Permission, made(
        Permission, "read-reports", users=[], roles=["hanzo/reader"], domains=[], resourceType="Custom",
        resources=["reports"], actions=["Read"], effect="Allow", isEnabled=True, state="Approved"))
    call("get_permissions_by_role", lambda: sdk.get_permissions_by_role("reader"), is_list_of(Permission, "read-reports"))
    call("enforce", lambda: [
        sdk.enforce("hanzo/read-reports", "", "", "", "", ["hanzo/bob", "reports", "Read"]),
        sdk.enforce("hanzo/read-reports", "", "", "", "", ["hanzo/carol", "reports", "Read"]),
    ], lambda allowed: allowed == [True, False])
    call("batch_enforce", lambda: sdk.batch_enforce("hanzo/read-reports", "", "", "", [
        ["hanzo/bob", "reports", "Read"], ["hanzo/bob", "reports", "Write"], ["hanzo/carol", "reports", "Read"],
    ]), lambda allowed: allowed == [True, False, False])
    deleted("permission", permission)
    deleted("role", role)
    deleted("group", group)

    provider = resource("provider", Provider, made(
        Provider, "provider-github", category="OAuth", type="GitHub", clientId="id", clientSecret="a provider's secret"))
    deleted("provider", provider)
    invitation = resource("invitation", Invitation, made(
        Invitation, "welcome", application=CLIENT["name"], quota=2), add_check=lambda answer: answer["data"]["code"])
    call("get_invitation_info", lambda: sdk.get_invitation_info("code", CLIENT["name"]))
    deleted("invitation", invitation)
    webhook = resource("webhook", Webhook, made(
        Webhook, "audit", organization="hanzo", url="https://hooks.example/audit", method="POST",
        contentType="application/json", events=["createUser"], isEnabled=True, tableColumns=[]),
        member="url", renamed="https://hooks.example/again")
    deleted("webhook", webhook)
    call("get_records", sdk.get_records, lambda found: len(found) > 0 and all(one.action and one.organization for one in found))
    call("get_pagination_records", lambda: sdk.get_pagination_records(1, 2), is_page_of(Record, 2))
    call("get_pagination_records, further", lambda: [sdk.get_pagination_records(2, 2)[0][0].name, sdk.get_records()[2].name],
         lambda names: names[0] == names[1])
    call("get_record", lambda: sdk.get_record("1"), lambda found: found.name == "1" and found.action)
    call("get_record, of none", lambda: sdk.get_record("999999"), lambda found: found is None)
    call("add_record", lambda: sdk.add_record(made(Record, "forged", action="login")))
    call("get_pagination_users, with a filter",
         lambda: sdk.get_pagination_users(1, 2, {"field": "email", "value": "bob@hanzo.example"}))


def credentials():
    call("get_certs", sdk.get_certs, lambda found: len(found) > 0 and all("BEGIN" in one.certificate for one in found))
    call("get_global_certs", platform.get_global_certs, lambda found: len(found) > 0)
    call("get_cert", lambda: sdk.get_cert(sdk.get_certs()[0].name), lambda found: found.privateKey == "" and found.certificate)
    cert = made(Cert, "cert-shop", scope="JWT", type="x509", cryptoAlgorithm="RS256", bitSize=4096, expireInYears=20)
    before = {one.name for one in sdk.get_certs()}
    added = lambda: next(one for one in sdk.get_certs() if one.name not in before)
    call("add_cert, as the organization", lambda: sdk.add_cert(cert))
    call("add_cert", lambda: platform.add_cert(cert), lambda text: added().name in text)
    call("update_cert", lambda: platform.update_cert(added()))
    call("delete_cert, as the organization", lambda: sdk.delete_cert(added()))
    gone = added()
    call("delete_cert", lambda: (platform.delete_cert(gone), {one.name for one in sdk.get_certs()})[1],
         lambda left: gone.name not in left)
    cert.privateKey = "-----BEGIN PRIVATE KEY-----"
    call("add_cert, with a private key", lambda: platform.add_cert(cert))
    call("get_sessions", sdk.get_sessions, is_list_of(Session, "alice"))
    call("get_pagination_sessions", lambda: sdk.get_pagination_sessions(1, 2), is_page_of(Session, 2))
    held = lambda: next(one for one in sdk.get_sessions() if one.name == "alice")
    call("get_session", lambda: sdk.get_session("alice", held().application), lambda found: found.name == "alice")
    call("add_session", lambda: sdk.add_session(Session.new("hanzo", "bob", CLIENT["name"], "", ["forged"])))
    def kept(update):
        """Writes the newest session alone: the others end, and that one stays."""
        def run():
            session = held()
            session.sessionId = session.sessionId[:1]
            update(session)
            return session.sessionId == held().sessionId
        return run
    call("update_session", kept(sdk.update_session), bool)
    call("update_session_for_columns", kept(lambda one: sdk.update_session_for_columns(one, ["sessionId"])), bool)
    forged = held()
    forged.sessionId = ["forged"]
    call("update_session, with another's id", lambda: sdk.update_session(forged))
    call("delete_session", lambda: (sdk.delete_session(held()), [one.name for one in sdk.get_sessions()])[1],
         lambda left: "alice" not in left)
    call("get_tokens", sdk.get_tokens, lambda found: len(found) > 0 and all(one.accessToken == "" for one in found))
    call("get_pagination_tokens", lambda: sdk.get_pagination_tokens(1, 2), is_page_of(Token, 2))
    call("get_token", lambda: sdk.get_token(sdk.get_tokens()[0].name), lambda found: found.application)
    call("add_token", lambda: sdk.add_token(made(Token, "forged", "admin", user="alice")))
    call("update_token", lambda: sdk.update_token(sdk.get_tokens()[0]))
    call("update_token_for_columns", lambda: sdk.update_token_for_columns(sdk.get_tokens()[0], ["scope"]))
    gone = sdk.get_tokens()[0]
    call("delete_token", lambda: (sdk.delete_token(gone), [one.name for one in sdk.get_tokens()])[1],
         lambda left: gone.name not in left)


def factors():
    call("mfa_initiate", lambda: sdk.mfa_initiate("hanzo", "app", "bob"))
    call("mfa_verify", lambda: sdk.mfa_verify("hanzo", "app", "bob", "secret", "123456"))
    call("mfa_enable", lambda: sdk.mfa_enable("hanzo", "app", "bob", "secret"))
    call("mfa_set_preferred", lambda: sdk.mfa_set_preferred("hanzo", "app", "bob"))
    call("mfa_delete", lambda: sdk.mfa_delete("hanzo", "bob"))
    call("get_ldaps", sdk.get_ldaps)
    call("get_ldap", lambda: sdk.get_ldap("ldap"))
    call("get_ldap_users", lambda: sdk.get_ldap_users("ldap"))
    call("sync_ldap_users", lambda: sdk.sync_ldap_users("ldap", []))
    call("sync_ldap_users_from_server", lambda: sdk.sync_ldap_users_from_server("ldap"))
    ldap = made(Ldap, "ldap", host="ldap.example")
    for verb in ("add", "update", "delete"):
        call(f"{verb}_ldap", lambda: getattr(sdk, f"{verb}_ldap")(ldap))


def not_served():
    """What Casdoor has and IAM does not: each call is refused in words."""
    kinds = {
        "adapter": Adapter, "enforcer": Enforcer, "model": Model, "order": Order, "payment": Payment, "plan": Plan,
        "pricing": Pricing, "product": Product, "subscription": Subscription, "syncer": Syncer,
        "transaction": Transaction,
    }
    for singular, kind in kinds.items():
        one = made(kind, "one")
        if singular == "syncer":
            one.tableColumns = []
        call(f"get_{singular}s", getattr(sdk, f"get_{singular}s"))
        call(f"get_{singular}", lambda: getattr(sdk, f"get_{singular}")("one"))
        call(f"get_pagination_{singular}s", lambda: getattr(sdk, f"get_pagination_{singular}s")(1, 10))
        for verb in ("add", "update", "delete"):
            call(f"{verb}_{singular}", lambda: done(getattr(sdk, f"{verb}_{singular}")(one)))
    enforcer, policy = made(Enforcer, "one"), Policy.new("p", "alice", "data", "read")
    call("get_policies", lambda: sdk.get_policies("one"))
    call("get_filtered_policies", lambda: sdk.get_filtered_policies("one", []))
    call("add_policy", lambda: sdk.add_policy(enforcer, policy))
    call("update_policy", lambda: sdk.update_policy(enforcer, policy, policy))
    call("remove_policy", lambda: sdk.remove_policy(enforcer, policy))
    call("get_user_orders", lambda: sdk.get_user_orders("bob"))
    call("place_order", lambda: sdk.place_order([{"name": "one"}]))
    call("pay_order", lambda: sdk.pay_order("one", "stripe"))
    call("buy_product", lambda: sdk.buy_product("one", "stripe"))
    call("cancel_order", lambda: sdk.cancel_order("one"))
    call("get_user_payments", lambda: sdk.get_user_payments("bob"))
    call("notify_payment", lambda: done(sdk.notify_payment(made(Payment, "one"))))
    call("invoice_payment", lambda: done(sdk.invoice_payment(made(Payment, "one"))))
    call("get_user_transactions", lambda: sdk.get_user_transactions("bob"))
    call("add_transaction_with_dry_run", lambda: sdk.add_transaction_with_dry_run(made(Transaction, "one"), True))
    file = made(Resource, "file")
    call("get_resources", lambda: sdk.get_resources("hanzo", "bob", "", "", "", ""))
    call("get_pagination_resources", lambda: sdk.get_pagination_resources("hanzo", "bob", "", "", 10, 1))
    call("get_resource", lambda: sdk.get_resource("file"))
    call("get_resource_ex", lambda: sdk.get_resource_ex("hanzo", "file"))
    call("add_resource", lambda: sdk.add_resource(file))
    call("update_resource", lambda: sdk.update_resource(file))
    call("upload_resource", lambda: sdk.upload_resource("bob", "", "", "a.txt", b"text"))
    call("upload_resource_ex", lambda: sdk.upload_resource_ex("bob", "", "", "a.txt", b"text"))
    call("delete_resource", lambda: sdk.delete_resource("file"))
    call("delete_resource_with_tag", lambda: sdk.delete_resource_with_tag(file, "Direct"))
    call("send_email", lambda: sdk.send_email("title", "content", "sender", "victim@example.com"))
    call("send_email_by_provider", lambda: sdk.send_email_by_provider("title", "text", "sender", "p", "v@example.com"))
    call("send_sms", lambda: sdk.send_sms("content", "+14155550123"))
    call("send_sms_by_provider", lambda: sdk.send_sms_by_provider("content", "provider", "+14155550123"))
    call("send_notification", lambda: sdk.send_notification("content", "bob"))


def main():
    call("a secret in the URL", lambda: client.get_users())
    call("a token in the URL", lambda: served(f"{BASE}/api/get-users?owner=hanzo&access_token={sdk.access_token}"))
    tokens_and_links()
    users()
    directory()
    credentials()
    factors()
    not_served()
    #: The SDK's own means, which the others call.
    own = {"with_access_token", "get_id", "do_get", "do_post", "get_response", "get_pagination", "custom_encoder"}
    own |= {name for name in dir(sdk) if name.startswith("modify_") and "user" not in name}
    report.all_tried(sdk, own)


if __name__ == "__main__":
    main()
