import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gateway.config_api.api.CertificatesApi;
import gateway.config_api.api.CertificatesApi.APICreateCertificatesRequest;
import gateway.config_api.api.CertificatesApi.APIDeleteCertificateRequest;
import gateway.config_api.api.CertificatesApi.APIListCertificatesRequest;
import gateway.config_api.api.MappingsApi;
import gateway.config_api.api.MappingsApi.APICreateMappingsRequest;
import gateway.config_api.api.MappingsApi.APIDeleteMappingRequest;
import gateway.config_api.client.ApiClient;
import gateway.config_api.client.ApiException;
import gateway.config_api.model.CertificateToCreate;
import gateway.config_api.model.MappingToCreate;
import gateway.config_api.model.Problem;
import gateway.config_api.model.SentId;
import gateway.config_api.model.ServiceAndUrl;
import gateway.forwarder_api.api.CheckMappingApi;
import gateway.forwarder_api.model.CheckedEntry;
import java.io.File;
import java.util.List;

/** Onboards a certificate by the generated client: upload, list, map, check, explain, delete. */
public class Flow {
  private static final String NAME = "by Java";

  public static void main(String[] args) throws Exception {
    JsonNode facts = new ObjectMapper().readTree(new File(System.getenv("FLOW_FILE")));
    String account = facts.get("accountId").asText();
    String url = facts.get("url").asText();
    String authorization = "Bearer " + facts.get("token").asText();
    ApiClient toConfigApi = new ApiClient();
    toConfigApi.updateBaseUri(facts.get("configApi").asText());
    toConfigApi.setRequestInterceptor(request -> request.header("Authorization", authorization));
    CertificatesApi certificates = new CertificatesApi(toConfigApi);
    MappingsApi mappings = new MappingsApi(toConfigApi);

    var upload = new CertificateToCreate().name(NAME);
    upload.p12(facts.get("p12").asText()).password(facts.get("password").asText());
    var uploads = APICreateCertificatesRequest.newBuilder().accountId(account).certificateToCreate(List.of(upload));
    var saved = certificates.createCertificates(uploads.build());
    var certificate = saved.getSuccessfulySavedCertificates().get(0);
    expect(certificate.getStatus().getValue().equals("Available"), "the status is " + certificate.getStatus());
    var listed = certificates.listCertificates(APIListCertificatesRequest.newBuilder().accountId(account).build());
    expect(listed.stream().anyMatch(each -> each.getId().equals(certificate.getId())), "it is not in the list");

    var mapping = new MappingToCreate().name(NAME).url(url);
    mapping.serviceId("IDP").certificationId(new SentId(certificate.getId()));
    var news = APICreateMappingsRequest.newBuilder().accountId(account).mappingToCreate(List.of(mapping));
    var made = mappings.createMappings(news.build()).get(0);
    expect(made.getEnable(), "the mapping is disabled");

    var toForwarder = new gateway.forwarder_api.client.ApiClient();
    toForwarder.updateBaseUri(facts.get("forwarderApi").asText());
    toForwarder.setRequestInterceptor(request -> request.header("Authorization", authorization));
    var entry = new CheckedEntry().serviceName("IDP").accountId(account).url(url);
    var checking = new CheckMappingApi(toForwarder);
    // The forwarder hears of the mapping a moment later.
    while (!checking.checkMapping(List.of(entry), "2").get(0).get("doExist").asBoolean()) Thread.sleep(100);
    var call = new ServiceAndUrl().serviceName("IDP").url(url);
    var explanation = mappings.explainMapping(account, call);
    expect(explanation.getOutcome().getValue().equals("certificate"), "the outcome is " + explanation.getOutcome());

    var deletion = APIDeleteCertificateRequest.newBuilder().accountId(account).certificateId(certificate.getId()).build();
    try {
      certificates.deleteCertificate(deletion);
      throw new AssertionError("a certificate in use was deleted");
    } catch (ApiException refused) {
      Problem problem = toConfigApi.getObjectMapper().readValue(refused.getResponseBody(), Problem.class);
      expect(problem.getCode().equals("CERTIFICATE_IN_USE"), "the code is " + problem.getCode());
    }
    var unmap = APIDeleteMappingRequest.newBuilder().accountId(account).mappingId(made.getId()).build();
    expect(mappings.deleteMapping(unmap).getDeleted(), "the mapping is not deleted");
    expect(certificates.deleteCertificate(deletion).getDeleted(), "the certificate is not deleted");
  }

  private static void expect(boolean holds, String otherwise) {
    if (!holds) throw new AssertionError(otherwise);
  }
}
