"""ministack as a process: KMS, IAM and STS with authorization on, set up with boto3."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from harness.identity import AUDIENCE, ISSUER, PROVIDER
from harness.kms import ACCOUNT, REGION, arn, aws_client
from harness.process import free_port

ROOT = ("test", "test")
READY_WITHIN = 60


class Ministack:
    def __init__(self, folder):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "SERVICES": "kms,iam,sts",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ROOT[0],
            "AWS_SECRET_ACCESS_KEY": ROOT[1],
        }
        self.log = folder / "ministack.log"
        with open(self.log, "wb") as output:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            assert self.child.poll() is None, self.log.read_text()
            try:
                urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(self.log.read_text())

    def client(self, service, access_key=ROOT):
        return aws_client(service, self.url, *access_key)

    def user(self, name):
        """Makes an IAM user without policies; returns its access key."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def role(self, name):
        """Makes a role that the callers of our identity provider may take."""
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": arn("oidc-provider", PROVIDER)},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {"StringEquals": {f"{PROVIDER}:aud": AUDIENCE}},
                }
            ],
        }
        self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))

    def provider(self):
        self.client("iam").create_open_id_connect_provider(
            Url=ISSUER, ClientIDList=[AUDIENCE], ThumbprintList=["0" * 40]
        )

    def stop(self):
        """Its process group: it may have started helpers of its own."""
        os.killpg(self.child.pid, signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
