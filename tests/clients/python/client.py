"""What the published hanzo-iam does against a server of ours (WIRE §4.7). DEMO holds the world."""

import json
import os
import unittest

import httpx
from hanzo_iam import IAMClient, IAMConfig, User, tokens

DEMO = json.loads(os.environ["DEMO"])
BASE = DEMO["base"]
CLIENT = DEMO["client"]
CALLBACK = "http://localhost:3000/callback"


def config(**changes):
    return IAMConfig(**{
        "server_url": BASE,
        "client_id": CLIENT["clientId"],
        "client_secret": CLIENT["clientSecret"],
        "organization": "hanzo",
        "application": CLIENT["name"],
        **changes,
    })


def user(name):
    return next(one for one in DEMO["users"] if one["name"] == name)


def signs_in(name, password):
    answer = httpx.post(
        f"{BASE}/v1/iam/oauth/token",
        auth=(CLIENT["clientId"], CLIENT["clientSecret"]),
        data={"grant_type": "password", "username": name, "password": password},
    )
    return answer.status_code == 200


class Tokens(unittest.TestCase):
    def setUp(self):
        self.client = IAMClient(config=config())
        self.addCleanup(self.client.close)
        self.access = DEMO["tokens"]["alice"]["access_token"]

    def test_discovery_and_keys(self):
        self.assertEqual(self.client.get_openid_configuration()["issuer"], BASE)
        self.assertTrue(self.client.get_jwks()["keys"])

    def test_verification(self):
        jwks = self.client.config.jwks_uri
        good = tokens.verify(self.access, jwks_uri=jwks, issuer=BASE, audience=CLIENT["clientId"])
        self.assertTrue(good, good)
        self.assertEqual(good.claims["owner"], "hanzo")
        wrong = tokens.verify(self.access, jwks_uri=jwks, issuer=BASE, audience="other")
        self.assertEqual(wrong.reason, tokens.WRONG_AUDIENCE)
        wrong = tokens.verify(self.access, jwks_uri=jwks, issuer=BASE + "/")
        self.assertEqual(wrong.reason, tokens.WRONG_ISSUER)
        head, body, signature = self.access.split(".")
        other = ("B" if signature[0] == "A" else "A") + signature[1:]
        wrong = tokens.verify(f"{head}.{body}.{other}", jwks_uri=jwks, issuer=BASE)
        self.assertEqual(wrong.reason, tokens.BAD_SIGNATURE)

    def test_validate_token(self):
        claims = self.client.validate_token(self.access)
        self.assertEqual(claims.owner, "hanzo")
        self.assertEqual(claims.iss, BASE)

    def test_client_credentials(self):
        answer = self.client.client_credentials()
        self.assertGreater(answer.expires_in, 0)
        claims = self.client.validate_token(answer.access_token)
        self.assertEqual(claims.owner, "hanzo")

    def test_code_and_refresh(self):
        code = DEMO["code"]
        answer = self.client.exchange_code(code["code"], CALLBACK, code["verifier"])
        again = self.client.refresh_token(answer.refresh_token)
        self.assertNotEqual(again.refresh_token, answer.refresh_token)

    def test_introspection(self):
        self.assertTrue(self.client.introspect_token(self.access)["active"])
        self.assertFalse(self.client.introspect_token("nonsense")["active"])

    def test_userinfo(self):
        info = self.client.get_user_info(self.access)
        self.assertEqual(info.owner, "hanzo")
        self.assertEqual(info.preferred_username, "alice")

    def test_login_without_a_redirect_gives_a_code_for_the_first_registered_one(self):
        answer = self.client.login("alice", user("alice")["password"])
        tokens = self.client.exchange_code(answer["data"], CALLBACK)
        self.assertEqual(self.client.validate_token(tokens.access_token).name, "alice")


class Directory(unittest.TestCase):
    """The half that is dead against the server it was written for: it answers here."""

    def clients(self):
        """With a token of the client itself, and with one of a person."""
        plain = IAMClient(config=config())
        self.addCleanup(plain.close)
        for token in (plain.client_credentials().access_token, DEMO["tokens"]["alice"]["access_token"]):
            one = IAMClient(config=config(), bearer_token=token)
            self.addCleanup(one.close)
            yield one

    def test_without_a_token_the_secret_would_be_in_the_url_which_is_refused(self):
        with IAMClient(config=config()) as client, self.assertRaises(httpx.HTTPStatusError) as refused:
            client.get_users()
        self.assertIn("must not be sent in the URL", refused.exception.response.text)

    def test_users(self):
        for client in self.clients():
            names = {one.name for one in client.get_users()}
            self.assertLessEqual({"alice", "bob", "carol"}, names)
            self.assertEqual(client.get_user("bob").email, "bob@hanzo.example")

    def test_a_user_from_creation_to_deletion(self):
        for number, client in enumerate(self.clients()):
            name = f"python{number}"
            created = client.create_user(User(
                owner="hanzo", name=name, displayName="Made in Python",
                email=f"{name}@hanzo.example", password="correct horse battery",
            ))
            self.assertNotEqual(created.get("status"), "error")
            found = client.get_user(name)
            self.assertEqual(found.display_name, "Made in Python")
            client.update_user(found.model_copy(update={"display_name": "Renamed"}))
            self.assertEqual(client.get_user(name).display_name, "Renamed")
            client.set_password("hanzo", name, "another good password")
            self.assertTrue(signs_in(name, "another good password"))
            client.delete_user(found)
            self.assertNotIn(name, {one.name for one in client.get_users()})

    def test_organizations(self):
        for client in self.clients():
            self.assertEqual({one["name"] for one in client.get_organizations()}, {"hanzo"})
            self.assertEqual(client.get_organization("hanzo")["name"], "hanzo")

    def test_applications(self):
        for client in self.clients():
            found = client.get_application()
            self.assertEqual(found.client_id, CLIENT["clientId"])
            self.assertIn(found.client_secret, ("", "***"))
            self.assertIn(CLIENT["name"], {one.name for one in client.get_applications()})

    def test_another_organization_is_refused(self):
        for client in self.clients():
            elsewhere = IAMClient(
                config=config(organization="acme"),
                bearer_token=client._bearer_token,
            )
            self.addCleanup(elsewhere.close)
            with self.assertRaises(Exception):
                elsewhere.get_users()
            with self.assertRaises(Exception):
                elsewhere.get_user("dave")

    def test_a_member_may_not_administer(self):
        member = IAMClient(config=config(), bearer_token=DEMO["tokens"]["bob"]["access_token"])
        self.addCleanup(member.close)
        with self.assertRaises(Exception):
            member.create_user(User(owner="hanzo", name="smuggled"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
