"""Onboards a certificate by the generated client: upload, list, map, check, explain, delete."""

import json
import os
import time
from pathlib import Path

import config_api
import forwarder_api

facts = json.loads(Path(os.environ["FLOW_FILE"]).read_text())
account, url, name = facts["accountId"], facts["url"], "by Python"

config = config_api.Configuration(facts["configApi"], access_token=facts["token"])
forwarder = forwarder_api.Configuration(facts["forwarderApi"], access_token=facts["token"])
with config_api.ApiClient(config) as to_config_api, forwarder_api.ApiClient(forwarder) as to_forwarder:
    certificates = config_api.CertificatesApi(to_config_api)
    mappings = config_api.MappingsApi(to_config_api)

    upload = config_api.CertificateToCreate(name=name, p12=facts["p12"], password=facts["password"])
    [certificate] = certificates.create_certificates(account, [upload]).successfuly_saved_certificates
    assert certificate.status == "Available" and certificate.expiration_date.year > 2000
    assert certificate.id in [each.id for each in certificates.list_certificates(account)]

    certificate_id = config_api.SentId(certificate.id)
    new = config_api.MappingToCreate(name=name, url=url, serviceId="IDP", certificationId=certificate_id)
    [mapping] = mappings.create_mappings(account, [new])
    assert mapping.enable

    entry = forwarder_api.CheckedEntry(serviceName="IDP", accountId=account, url=url)
    checking = forwarder_api.CheckMappingApi(to_forwarder)
    # The forwarder hears of the mapping a moment later.
    while not checking.check_mapping([entry], v="2").actual_instance[0].do_exist:
        time.sleep(0.1)
    explanation = mappings.explain_mapping(account, config_api.ServiceAndUrl(serviceName="IDP", url=url))
    assert explanation.outcome == "certificate" and explanation.certificate.name == name

    try:
        certificates.delete_certificate(account, certificate.id)
        raise AssertionError("a certificate in use was deleted")
    except config_api.ApiException as refused:
        assert config_api.Problem.from_json(refused.body).code == "CERTIFICATE_IN_USE"
    assert mappings.delete_mapping(account, mapping.id).deleted
    assert certificates.delete_certificate(account, certificate.id).deleted
