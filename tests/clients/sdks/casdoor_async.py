"""Every call of PyPI `casdoor` 1.43.3, as `AsyncCasdoorSDK`: it sends Basic. WORLD holds the world."""

import asyncio

from casdoor import AsyncCasdoorSDK, User
from report import BASE, CLIENT, WORLD, Report, is_ok, served, user

report = Report()
call = report.call_async


def names(found):
    return {one["name"] for one in found}


async def main():
    sdk = AsyncCasdoorSDK(
        BASE, CLIENT["clientId"], CLIENT["clientSecret"], WORLD["certificates"]["access"], "hanzo", CLIENT["name"])
    token = await call("get_oauth_token", lambda: sdk.get_oauth_token(username="alice", password=user("alice")["password"]),
                       lambda found: found["access_token"])
    await call("oauth_token_request", sdk.oauth_token_request, lambda found: found["access_token"])
    await call("refresh_token_request", lambda: sdk.refresh_token_request(WORLD["refresh"][0]),
               lambda found: found["access_token"])
    await call("refresh_oauth_token", lambda: sdk.refresh_oauth_token(WORLD["refresh"][1]), lambda found: found.count(".") == 2)
    report.call("parse_jwt_token", lambda: sdk.parse_jwt_token(token["access_token"]), lambda claims: claims["name"] == "alice")
    url = await sdk.get_auth_link("http://localhost:3000/callback")
    report.call("get_auth_link", lambda: served(url))
    zoe = User.new("hanzo", "zoe-two", "", "Zoe", "zoe-two@hanzo.example")
    await call("add_user", lambda: sdk.add_user(zoe), is_ok)
    await call("get_user", lambda: sdk.get_user("zoe-two"), lambda found: found["displayName"] == "Zoe")
    await call("get_users", sdk.get_users, lambda found: {"alice", "bob", "zoe-two"} <= names(found))
    await call("get_user_count", sdk.get_user_count, lambda count: count >= 4)
    zoe.displayName = "Zoë"
    await call("update_user", lambda: sdk.update_user(zoe), is_ok)
    await call("modify_user", lambda: sdk.modify_user("update-user", zoe, {"id": "hanzo/zoe-two"}), is_ok)
    await call("delete_user", lambda: sdk.delete_user(zoe), is_ok)
    await call("get_roles", sdk.get_roles, lambda found: "demo-role" in names(found))
    role = await call("get_role", lambda: sdk.get_role("demo-role"), lambda found: found["users"] == ["hanzo/bob"])
    await call("assign_role_to_user", lambda: sdk.assign_role_to_user("carol", "demo-role"), is_ok)
    await call("get_user_roles", lambda: sdk.get_user_roles("carol"), lambda found: names(found) == {"demo-role"})
    await call("remove_role_from_user", lambda: sdk.remove_role_from_user("carol", "demo-role"), is_ok)
    await call("update_role", lambda: sdk.update_role(role), is_ok)
    enforce = lambda who: sdk.enforce("hanzo/demo-permission", "", "", "", "", [who, "reports", "Read"])
    await call("enforce", lambda: enforce("hanzo/bob"), lambda allowed: allowed is True)
    await call("enforce, of what is not allowed", lambda: enforce("hanzo/carol"), lambda allowed: allowed is False)
    await call("batch_enforce", lambda: sdk.batch_enforce("hanzo/demo-permission", "", "", "", [
        ["hanzo/bob", "reports", "Read"], ["hanzo/carol", "reports", "Read"]]), lambda found: found == [True, False])
    report.all_tried(sdk)


if __name__ == "__main__":
    asyncio.run(main())
