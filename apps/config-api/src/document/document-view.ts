import type { AccountDocument } from '@mtls-gateway/contract'
import {
  type Account,
  type AppKey,
  type RecordId,
  type ServiceCatalogue,
  settingsOf,
  viewDeclaredAppKey,
  viewDeclaredCertificate,
  viewDeclaredMapping,
  viewDeclaredSettings,
} from '@mtls-gateway/domain'
import { convertInTurns } from '@mtls-gateway/event-loop'

interface DocumentFacts {
  readonly services: ServiceCatalogue
  /** PEM, by record. */
  readonly caCertificates: ReadonlyMap<RecordId, string>
  /** With what only administrators may read. */
  readonly isWhole: boolean
}

/** An account as a document, each part in the order of its names, so that two documents can be compared as texts. */
export async function viewDocument(
  account: Account,
  { services, caCertificates, isWhole }: DocumentFacts,
): Promise<AccountDocument> {
  const { accountId, certificates, trusts = [], mappings, appKeys } = account
  const names = new Map(certificates.map(({ id, name }) => [id, name]))
  const facts = {
    certificateName: (id: (typeof certificates)[number]['id']) => names.get(id) ?? String(id),
    serviceName: (number: string) => services.numbered(number).name,
    caCertificates: (id: RecordId) => caCertificates.get(id) ?? '',
    secret: (held: object | undefined) => (held === undefined ? {} : { hasSecret: true }),
  }
  const document = {
    account: accountId,
    certificates: byName(await convertInTurns(certificates, (each) => [each.name, viewDeclaredCertificate(each)])),
    trusts: byName(trusts.map(({ name, caRecordId }) => [name, { caCertificates: facts.caCertificates(caRecordId) }])),
    mappings: byName(await convertInTurns(mappings, (each) => [each.name, viewDeclaredMapping(each, facts)])),
    ...(isWhole && { appKeys: viewAppKeys(appKeys, services), settings: viewDeclaredSettings(settingsOf(account)) }),
  }
  // Views have the names of the contract's fields, which the type of a view of any kind does not tell.
  return document as unknown as AccountDocument
}

/** Keys that share a label are left out: none of them can be named by it. */
function viewAppKeys(appKeys: readonly AppKey[], services: ServiceCatalogue) {
  const isAlone = ({ label }: AppKey) => appKeys.filter((each) => each.label === label).length === 1
  return byName(appKeys.filter(isAlone).map((each) => [each.label, viewDeclaredAppKey(each, services)]))
}

function byName<View>(entries: readonly (readonly [string, View])[]): Readonly<Record<string, View>> {
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
