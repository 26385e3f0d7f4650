export type { BearerVerifier } from './bearer/bearer-verifier.ts'
export { type ClaimNames, claimsRule } from './bearer/claims.ts'
export {
  EmbeddedIssuer,
  type EmbeddedIssuerOptions,
  embeddedIssuerName,
  generateIssuerKey,
  type TokenRequest,
} from './bearer/embedded-issuer.ts'
export { type IntrospectionOptions, IntrospectionVerifier } from './bearer/introspection-verifier.ts'
export {
  JwtVerifier,
  type JwtVerifierOptions,
  type TokenAlgorithm,
  tokenAlgorithms,
  usualAlgorithms,
} from './bearer/jwt-verifier.ts'
export { TokenIssuers } from './bearer/token-issuers.ts'
export {
  type KeySource,
  localTokenKeys,
  RemoteTokenKeys,
  type RemoteTokenKeysOptions,
  type TokenKeySet,
  type TokenKeys,
} from './bearer/token-keys.ts'
export type { ClaimCondition, ClaimPath, TokenRule } from './bearer/token-rules.ts'
export {
  type CallerCertificate,
  type CertificateRule,
  certificateInvalid,
  checkCertificateTime,
  principalOfCertificate,
} from './certificate/caller-certificate.ts'
export { proxyAuthenticate, wwwAuthenticate } from './challenge.ts'
export { claimedCaller } from './claimed-caller.ts'
export { type CredentialKind, credentialKind, type ProxyCredentialKind, takenKind } from './credential-kind.ts'
export {
  hasRightMac,
  type InvitationName,
  isInvitationToken,
  newInvitationSecret,
  parseInvitationSecret,
} from './invitations/invitation-secret.ts'
export { type InvitationSource, InvitationVerifier, refusedInvitations } from './invitations/invitation-verifier.ts'
export {
  type AppKeyCredential,
  type AppKeyFacts,
  type AppKeySource,
  prepareAppKey,
  type UnconfirmedAppKey,
} from './oauth1/app-key.ts'
export { hasMac, type MacKey, newAppKeyId } from './oauth1/app-key-mac.ts'
export { AppKeyMacs, type AppKeyMacsOptions } from './oauth1/app-key-macs.ts'
export { AppSecrets, type AppSecretsOptions, parseBasic } from './oauth1/app-secrets.ts'
export { BodyHashVerifier, bodyHashMismatch, bodyHashMissing, checkBodyHash } from './oauth1/body-hash.ts'
export { maxSignedFormBytes, signedFormWork } from './oauth1/form-body.ts'
export { type ExpectedBodyHash, type OAuth1Header, parseOAuth1Header, type SignatureMethod } from './oauth1/header.ts'
export { checkLpHash, type HeaderFields } from './oauth1/lp-hash.ts'
export { type EncodedParameter, isFormEncoded } from './oauth1/parameters.ts'
export { signingKey } from './oauth1/signature.ts'
export { parsePublicBaseUrl, type RequestAddress, signedBaseUrls } from './oauth1/signed-url.ts'
export {
  type BegunVerification,
  OAuth1Verifier,
  type OAuth1VerifierOptions,
  type SignedRequest,
  type VerifiedCall,
} from './oauth1/verifier.ts'
export { authorize, authorizeAccount, type Principal, wrongAccount } from './principal.ts'
