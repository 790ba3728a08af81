"""The local stack: real servers as local processes, from packages alone."""

from deploy.local_stack.stack import Addresses, LocalStack, ServerStatus

__all__ = ["Addresses", "LocalStack", "ServerStatus"]
