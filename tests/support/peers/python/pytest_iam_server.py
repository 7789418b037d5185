"""Serves PyPI pytest-iam (Canaille) with the users and the client of the JSON in PEER, until it is ended."""

import json
import os
import uuid

from canaille import create_app
from canaille.backends import Backend
from joserfc.jwk import JWKRegistry
from pytest_iam import Server

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
peer = json.loads(os.environ["PEER"])
key = JWKRegistry.generate_key("RSA", 2048)
key.ensure_kid()

# As the fixture `iam_configuration` of pytest-iam, with forms that need their CSRF token.
app = create_app(
    config={
        "TESTING": False,
        "ENV_FILE": None,
        "SECRET_KEY": str(uuid.uuid4()),
        "PREFERRED_URL_SCHEME": "http",
        "SERVER_NAME": f"127.0.0.1:{peer['port']}",
        "SESSION_COOKIE_SECURE": False,
        "CANAILLE": {
            "DATABASE": "memory",
            "JAVASCRIPT": False,
            "SMTP": None,
            "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc", "manage_oidc"]}},
        },
        "CANAILLE_OIDC": {
            "DYNAMIC_CLIENT_REGISTRATION_OPEN": True,
            "ACTIVE_JWKS": [key.as_dict(private=True)],
        },
    },
    env_file=".pytest-iam.env",
    env_prefix="PYTEST_IAM_",
)
server = Server(app, peer["port"], Backend.instance)

with app.app_context():
    for name, user in peer["users"].items():
        server.random_user(user_name=name, **user)
    Backend.instance.save(server.models.Client(**peer["client"]))
    for client in Backend.instance.query(server.models.Client):
        client.audience = [client]
        Backend.instance.save(client)

server.httpd.serve_forever()
