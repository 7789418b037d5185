"""Every call of PyPI `hanzo-iam` 1.30.2 and of `hanzoai-iam` 1.1.2, which have the same module name.

The clients send their secret in the URL of administration unless they have a bearer token: `bearer_token` is
how they are configured here, with a token of the client itself. WORLD holds the world.
"""

import asyncio

from hanzo_iam import AsyncIAMClient, IAMClient, IAMConfig, User
from hanzo_iam.models import Application
from report import BASE, CLIENT, WORLD, Report, served, user

CALLBACK = "http://localhost:3000/callback"
CONFIG = IAMConfig(
    server_url=BASE, client_id=CLIENT["clientId"], client_secret=CLIENT["clientSecret"], organization="hanzo",
    application=CLIENT["name"], certificate=WORLD["publicKey"],
)
ALICE = WORLD["tokens"]["alice"]["access_token"]
ID_TOKEN = WORLD["tokens"]["alice"]["id_token"]
plain = IAMClient(config=CONFIG)
#: An application of the organization itself: the platform administers the first-party ones.
SITE = CONFIG.model_copy(update={"application": WORLD["site"]["name"]})
TOKEN = plain.client_credentials().access_token

report = Report()
call = report.call


def names(found):
    return {one["name"] if isinstance(one, dict) else one.name for one in found}


def made(name):
    return User(owner="hanzo", name=name, displayName="Zoe", email=f"{name}@hanzo.example", password="correct horse battery")


def tokens():
    call("get_openid_configuration", plain.get_openid_configuration, lambda found: found["issuer"] == BASE)
    call("get_jwks", plain.get_jwks, lambda found: found["keys"])
    call("get_authorization_url", lambda: served(plain.get_authorization_url(CALLBACK)))
    code = WORLD["codes"][0]
    call("exchange_code", lambda: plain.exchange_code(code["code"], CALLBACK, code["verifier"]),
         lambda found: found.access_token)
    call("refresh_token", lambda: plain.refresh_token(WORLD["refresh"][0]), lambda found: found.refresh_token)
    call("client_credentials", plain.client_credentials, lambda found: found.expires_in > 0)
    call("validate_token", lambda: plain.validate_token(ALICE), lambda claims: claims.owner == "hanzo")
    # It reads RS256 alone, which ID tokens have.
    call("validate_token_with_cert", lambda: plain.validate_token_with_cert(ID_TOKEN), lambda claims: claims.owner == "hanzo")
    call("introspect_token", lambda: plain.introspect_token(ALICE), lambda found: found["active"])
    call("get_user_info", lambda: plain.get_user_info(ALICE), lambda found: found.preferred_username == "alice")
    signed_in = call("login", lambda: plain.login("alice", user("alice")["password"]), lambda found: found["data"])
    call("login, then exchange_code", lambda: plain.exchange_code(signed_in["data"], CALLBACK),
         lambda found: plain.validate_token(found.access_token).name == "alice")


def directory(sdk, site):
    call("create_user", lambda: sdk.create_user(made("zoe-sync")), lambda found: found)
    found = call("get_user", lambda: sdk.get_user("zoe-sync"), lambda found: found.display_name == "Zoe")
    call("get_users", sdk.get_users, lambda found: {"alice", "bob", "zoe-sync"} <= names(found))

    def renamed():
        sdk.update_user(found.model_copy(update={"display_name": "Renamed"}))
        return sdk.get_user("zoe-sync").display_name
    call("update_user", renamed, lambda name: name == "Renamed")
    call("set_password", lambda: sdk.set_password("hanzo", "zoe-sync", "another good password"),
         lambda _: plain.login("zoe-sync", "another good password"))
    call("delete_user", lambda: (sdk.delete_user(found), names(sdk.get_users()))[1], lambda left: "zoe-sync" not in left)
    call("get_application", sdk.get_application,
         lambda found: found.client_id == CLIENT["clientId"] and found.client_secret in ("", "***"))
    call("get_applications", sdk.get_applications, lambda found: CLIENT["name"] in names(found))

    def described():
        site.update_application(Application.model_validate(
            {**site.get_application().model_dump(by_alias=True), "description": "the site"}))
        return site.get_application().description
    call("update_application", described, lambda text: text == "the site")
    call("update_application, of the platform", lambda: sdk.update_application(sdk.get_application()))
    call("get_organizations", sdk.get_organizations, lambda found: names(found) == {"hanzo"})
    call("get_organization", lambda: sdk.get_organization("hanzo"), lambda found: found["name"] == "hanzo")
    call("get_providers", lambda: sdk.get_providers("hanzo"), lambda found: "provider-demo" in names(found))
    call("get_roles", sdk.get_roles, lambda found: "demo-role" in names(found))


async def asynchronous(sdk):
    calls = Report("async ")
    call = calls.call_async
    await call("get_openid_configuration", sdk.get_openid_configuration, lambda found: found["issuer"] == BASE)
    await call("get_jwks", sdk.get_jwks, lambda found: found["keys"])
    calls.call("get_authorization_url", lambda: served(sdk.get_authorization_url(CALLBACK)))
    code = WORLD["codes"][1]
    await call("exchange_code", lambda: sdk.exchange_code(code["code"], CALLBACK, code["verifier"]),
               lambda found: found.access_token)
    await call("refresh_token", lambda: sdk.refresh_token(WORLD["refresh"][1]), lambda found: found.refresh_token)
    await call("client_credentials", sdk.client_credentials, lambda found: found.expires_in > 0)
    calls.call("validate_token", lambda: sdk.validate_token(ALICE), lambda claims: claims.owner == "hanzo")
    await call("introspect_token", lambda: sdk.introspect_token(ALICE), lambda found: found["active"])
    await call("get_user_info", lambda: sdk.get_user_info(ALICE), lambda found: found.preferred_username == "alice")
    await call("get_users", sdk.get_users, lambda found: {"alice", "bob"} <= names(found))
    await call("get_user", lambda: sdk.get_user("bob"), lambda found: found.email == "bob@hanzo.example")
    await call("get_application", sdk.get_application, lambda found: found.client_id == CLIENT["clientId"])
    if hasattr(sdk, "get_user_roles"):
        await more(sdk, calls, call)
    calls.all_tried(sdk, {"close", "config"})


async def more(sdk, calls, call):
    """What only the newer one has."""
    calls.call("validate_token_with_cert", lambda: sdk.validate_token_with_cert(ID_TOKEN), lambda claims: claims.owner == "hanzo")
    await call("get_user_count", sdk.get_user_count, lambda count: count >= 3)
    await call("create_user", lambda: sdk.create_user(made("zoe-async")), lambda found: found)
    await call("update_user", lambda: sdk.update_user(made("zoe-async").model_copy(update={"display_name": "Renamed"})))
    await call("set_password", lambda: sdk.set_password("hanzo", "zoe-async", "another good password"), lambda found: found)
    await call("delete_user", lambda: sdk.delete_user(made("zoe-async")))
    await call("get_applications", sdk.get_applications, lambda found: CLIENT["name"] in names(found))
    await call("update_application", lambda: sdk.update_application(Application.model_validate(
        {"owner": "hanzo", "name": SITE.application, "clientId": SITE.application, "description": "async"})))
    await call("get_organizations", sdk.get_organizations, lambda found: names(found) == {"hanzo"})
    await call("get_organization", lambda: sdk.get_organization("hanzo"), lambda found: found["name"] == "hanzo")
    await call("get_roles", sdk.get_roles, lambda found: "demo-role" in names(found))
    await call("get_role", lambda: sdk.get_role("demo-role"), lambda found: found["name"] == "demo-role")
    await call("get_user_roles", lambda: sdk.get_user_roles("carol"), lambda found: found == [])
    await call("add_role_for_user", lambda: sdk.add_role_for_user("carol", "demo-role"), bool)
    await call("get_user_roles, after it", lambda: sdk.get_user_roles("carol"), lambda found: names(found) == {"demo-role"})
    await call("remove_role_from_user", lambda: sdk.remove_role_from_user("carol", "demo-role"), bool)
    enforce = lambda who: lambda: sdk.enforce("hanzo/demo-permission", "", "", "", request=[who, "reports", "Read"])
    await call("enforce", enforce("hanzo/bob"), lambda allowed: allowed is True)
    await call("enforce, of what is not allowed", enforce("hanzo/carol"), lambda allowed: allowed is False)
    await call("batch_enforce", lambda: sdk.batch_enforce("hanzo/demo-permission", "", "", requests=[
        ["hanzo/bob", "reports", "Read"], ["hanzo/carol", "reports", "Read"]]), lambda found: found == [True, False])


def main():
    call("a secret in the URL", lambda: plain.get_users())
    tokens()
    directory(IAMClient(config=CONFIG, bearer_token=TOKEN), IAMClient(config=SITE, bearer_token=TOKEN))
    report.all_tried(plain, {"close", "config", "http"})
    try:
        client = AsyncIAMClient(config=CONFIG, bearer_token=TOKEN)
    except TypeError:  # the older one takes no token: its administration has the secret in the URL
        client = AsyncIAMClient(config=CONFIG)
    asyncio.run(asynchronous(client))


if __name__ == "__main__":
    main()
