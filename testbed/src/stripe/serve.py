"""localstripe on a port of loopback alone, without the copy of its store that it writes to one file for all."""

import sys

from aiohttp import web
from localstripe.resources import Store

Store.dump_to_disk = lambda store: None

from localstripe.server import app

web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
