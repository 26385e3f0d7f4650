export {
  type AmbiguousRequest,
  ambiguousBytes,
  ambiguousRequests,
  type Refusal,
  refusalOf,
} from './ambiguous-requests.ts'
export {
  ApiClient,
  type ApiClientOptions,
  type ApiFile,
  type ApiHeaders,
  type ApiResponse,
  type RawRequest,
} from './api-client.ts'
export { Canary, readTree, type WrittenTexts } from './canary.ts'
export {
  createCa,
  type IssuedCertificate,
  openCa,
  type SignedCertificate,
  type TestCa,
} from './certificate-authority.ts'
export type { IssueOptions, TestKeyUsage } from './certificate-extensions.ts'
export { findChromium } from './chromium.ts'
export { compileCache } from './compile-cache.ts'
export { type ConnectProxy, startConnectProxy, type TunnelRequest } from './connect-proxy.ts'
export { freePort, takesConnections } from './free-port.ts'
export { type GatewayOptions, type GatewayProcesses, startGateway } from './gateway-process.ts'
export type { TestKeyType } from './key-pair.ts'
export { type LocalServer, serve } from './local-server.ts'
export {
  extension,
  keyOfAlgorithm,
  keyOn,
  keyOnP224,
  type MadeCertificate,
  makeCertificate,
  named,
  nameOf,
  pemOf,
  rsaKey,
} from './made-certificates.ts'
export { bits, element, identifier, integer, nothing, octets, sequence, set, text } from './made-der.ts'
export { type MailServer, type MailServerOptions, type ReceivedMail, startMailServer } from './mail-server.ts'
export {
  type MtlsTarget,
  type MtlsTargetOptions,
  type SeenRequest,
  startMtlsTarget,
  startTestTarget,
  type TargetHandler,
  type TestTarget,
  type TestTargetOptions,
} from './mtls-target.ts'
export { type NameAnswer, type NameServer, startNameServer } from './name-server.ts'
export { missingTools, requireNothing, type ToolName, unlessMissing, withTools } from './needed-tools.ts'
export { type PebbleOptions, type PebbleServer, startPebble } from './pebble-server.ts'
export { makePkcs12, type Pkcs12Options } from './pkcs12.ts'
export { type PresentedCertificate, presentedCertificate } from './presented-certificate.ts'
export { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts'
export { type RevocationAuthority, startRevocationAuthority } from './revocation-authority.ts'
export {
  longestPadding,
  type SealedAnswer,
  Sealer,
  SealingTarget,
  type SealingTargetOptions,
} from './sealing-target.ts'
export { type ServiceOptions, type ServiceProcess, startService } from './service-process.ts'
export {
  type Replacements,
  type ShippedNginx,
  type ShippedNginxOptions,
  writeInstances,
  writeShippedNginx,
} from './shipped-nginx.ts'
export { answerRequest, type EchoedRequest } from './target-answer.ts'
export { base64urlJson, startTokenIssuer, type TokenIssuer } from './token-issuer.ts'
export { type VaultAccess, type VaultAnswer, vaultApi } from './vault-api.ts'
export { startVaultCluster, type VaultCluster } from './vault-cluster.ts'
export { fetchedBy, findBuiltVault } from './vault-program.ts'
export { startVaultServer, type VaultServer, type VaultServerOptions } from './vault-server.ts'
