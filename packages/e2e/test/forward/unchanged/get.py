import os
import requests

# Finds its proxy in http_proxy.
session = requests.Session()
if "AUTHORIZATION" in os.environ:
    session.headers["Authorization"] = os.environ["AUTHORIZATION"]
response = session.get(os.environ["URL"], timeout=60)
response.raise_for_status()
print(response.text)
