"""OpenSSL's command line, and the RSA keys that the tests make with it."""

import subprocess

SIZES = {"small": 2048, "middle": 3072, "large": 4096}


def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
