"""A mail server on loopback (aiosmtpd) that keeps each mail as a file: serve.py FOLDER PORT plain|starttls|tls [CERTIFICATE KEY]

What it is told of a recipient at `refused.example`, it refuses for good.
"""

import email
import email.policy
import json
import pathlib
import signal
import ssl
import sys

from aiosmtpd.controller import Controller

folder, port, security = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


class Keeper:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refused.example"):
            return f"550 5.1.1 <{address}> is nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        said = {
            "to": envelope.rcpt_tos,
            "over_tls": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            "subject": mail["subject"],
            "from": str(mail["from"]),
            "id": mail["message-id"],
            "reply_to": mail["reply-to"] and str(mail["reply-to"]),
            "unsubscribe": [str(mail[name]) for name in ("list-unsubscribe", "list-unsubscribe-post") if mail[name]],
            "plain": mail.get_body(["plain"]).get_content(),
            "html": mail.get_body(["html"]).get_content(),
        }
        written = folder / f"{len(list(folder.iterdir())):06}.new"
        written.write_text(json.dumps(said))
        written.rename(written.with_suffix(".json"))
        return "250 OK"


settings = {}
if security != "plain":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
    settings = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
server = Controller(Keeper(), hostname="127.0.0.1", port=port, ready_timeout=20, **settings)
server.start()
signal.sigwait([signal.SIGTERM, signal.SIGINT])
