// Onboards a certificate by the generated client: upload, list, map, check, explain, delete.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"slices"
	"time"

	configapi "flow/config_api"
	forwarderapi "flow/forwarder_api"
)

type facts struct{ ConfigApi, ForwarderApi, AccountId, Token, P12, Password, Url string }

const name = "by Go"

func main() {
	text, err := os.ReadFile(os.Getenv("FLOW_FILE"))
	must(err)
	var f facts
	must(json.Unmarshal(text, &f))
	ctx := context.WithValue(context.Background(), configapi.ContextAccessToken, f.Token)
	configuration := configapi.NewConfiguration()
	configuration.Servers[0].URL = f.ConfigApi
	api := configapi.NewAPIClient(configuration)

	upload := configapi.CertificateToCreate{Name: name, P12: &f.P12, Password: &f.Password}
	saved, _, err := api.CertificatesAPI.CreateCertificates(ctx, f.AccountId).
		CertificateToCreate([]configapi.CertificateToCreate{upload}).Execute()
	must(err)
	certificate := saved.SuccessfulySavedCertificates[0]
	expect(certificate.Status == "Available", "the status is "+string(certificate.Status))
	listed, _, err := api.CertificatesAPI.ListCertificates(ctx, f.AccountId).Execute()
	must(err)
	isIt := func(each configapi.Certificate) bool { return each.Id == certificate.Id }
	expect(slices.ContainsFunc(listed, isIt), "the certificate is not in the list")

	service := "IDP"
	mapping := configapi.NewMappingToCreate(name, f.Url, service, configapi.SentId{Int64: &certificate.Id})
	made, _, err := api.MappingsAPI.CreateMappings(ctx, f.AccountId).
		MappingToCreate([]configapi.MappingToCreate{*mapping}).Execute()
	must(err)
	expect(made[0].Enable, "the mapping is disabled")

	check(f, service)
	call := configapi.NewServiceAndUrl(f.Url)
	call.SetServiceName(service)
	explanation, _, err := api.MappingsAPI.ExplainMapping(ctx, f.AccountId).ServiceAndUrl(*call).Execute()
	must(err)
	expect(explanation.Outcome == "certificate", "the outcome is "+explanation.Outcome)

	_, _, err = api.CertificatesAPI.DeleteCertificate(ctx, f.AccountId, certificate.Id).Execute()
	var refused *configapi.GenericOpenAPIError
	expect(errors.As(err, &refused), "a certificate in use was deleted")
	problem, _ := refused.Model().(configapi.Problem)
	expect(problem.Code == "CERTIFICATE_IN_USE", "the code is "+problem.Code)
	_, _, err = api.MappingsAPI.DeleteMapping(ctx, f.AccountId, made[0].Id).Execute()
	must(err)
	gone, _, err := api.CertificatesAPI.DeleteCertificate(ctx, f.AccountId, certificate.Id).Execute()
	must(err)
	expect(gone.Deleted, "the certificate is not deleted")
}

func check(f facts, service string) {
	ctx := context.WithValue(context.Background(), forwarderapi.ContextAccessToken, f.Token)
	configuration := forwarderapi.NewConfiguration()
	configuration.Servers[0].URL = f.ForwarderApi
	entry := forwarderapi.NewCheckedEntry(f.AccountId, f.Url)
	entry.SetServiceName(service)
	request := forwarderapi.NewAPIClient(configuration).CheckMappingAPI.CheckMapping(ctx).V("2").
		CheckedEntry([]forwarderapi.CheckedEntry{*entry})
	// The forwarder hears of the mapping a moment later.
	for doExist := false; !doExist; time.Sleep(100 * time.Millisecond) {
		answer, _, err := request.Execute()
		must(err)
		doExist = (*answer.ArrayOfCheckedMapping)[0].DoExist
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func expect(holds bool, otherwise string) {
	if !holds {
		log.Fatal(otherwise)
	}
}
