import type { ProblemDocument } from '@mtls-gateway/client'

const trustByMapping =
  'To look at that CA and trust it: mtls target-ca --mapping MAPPING. Which mapping the call uses: mtls explain.'
const tlsByMapping =
  'To change what is offered: mtls mappings edit MAPPING with --tls-min, --tls-max, --tls-ciphers or --tls-groups. Which mapping the call uses: mtls explain.'
const askForToken = 'To ask the endpoint again once that is done: mtls token MAPPING.'

/**
 * What the user of a command does about a problem, by its code or that of the way to the target: docs/errors.md says it
 * to clients of the API.
 */
export const hints: Readonly<Record<string, string>> = {
  CREDENTIALS_MISSING: 'Log in: mtls login.',
  TOKEN_INVALID: 'Get a token of this gateway’s issuer, and log in with it: mtls login, or MTLS_TOKEN.',
  TOKEN_EXPIRED: 'Get a new token, and log in with it: mtls login, or MTLS_TOKEN.',
  NOT_FOUND: 'Check --config-api and --forwarder-api: one may be the url of the other service.',
  OAUTH_TIMESTAMP_OUT_OF_WINDOW: 'Set the clock of this machine.',
  OAUTH_CREDENTIALS_INVALID: 'Log in with an app key and its secret: mtls login, or MTLS_APP_KEY and MTLS_APP_SECRET.',
  WRONG_ACCOUNT: 'Check the account: --account, MTLS_ACCOUNT, or mtls login.',
  SCOPE_MISSING: 'Log in with a token that has this scope: mtls login, or MTLS_TOKEN.',
  SERVICE_NOT_ALLOWED: 'Name a service that the token is for: --service-name. See which: mtls whoami.',
  PRECONDITION_FAILED: 'To read it again and make the change, repeat the command.',
  CERTIFICATE_NOT_FOUND: 'List the certificates: mtls certificates list.',
  CERTIFICATE_NAME_TAKEN: 'Give another --name, or replace that certificate: mtls upload FILE --replace NAME.',
  CERTIFICATE_IN_USE: 'First mtls mappings delete MAPPING, or mtls mappings edit MAPPING --certificate OTHER.',
  CERTIFICATE_PENDING_SIGNATURE: 'Upload what the CA has signed: mtls upload FILE --signed-for CERTIFICATE.',
  NO_PENDING_REQUEST: 'Make a request: mtls csr --renew CERTIFICATE.',
  STAGED_NOT_FOUND: 'Give the next version: mtls rotate CERTIFICATE FILE, or mtls csr --renew CERTIFICATE.',
  STAGED_PENDING: 'Upload what the CA has signed: mtls upload FILE --signed-for CERTIFICATE.',
  STAGED_PROBE_FAILED: 'To put it in use nevertheless: mtls rotate CERTIFICATE --force.',
  STAGED_NOT_YET_VALID: 'To put it in use nevertheless: mtls rotate CERTIFICATE --force.',
  NEXT_VERSION_DIFFERS:
    'Compare the two: mtls certificates show CERTIFICATE. To put it in use nevertheless: mtls rotate CERTIFICATE --yes.',
  ISSUER_PROFILE_UNKNOWN: 'List the issuers of the account: mtls issuers.',
  ISSUER_CA_NOT_MADE: 'Order a certificate first: mtls issue.',
  ISSUER_REFUSED: 'See what the issuer signs: mtls issuers.',
  SOURCE_UNKNOWN: 'List the sources of the account: mtls sources.',
  PLAN_NOT_FOUND: 'Give it a plan: mtls plan set CERTIFICATE --profile PROFILE.',
  PLAN_WAITS: 'See what for, and what to do: mtls plan show CERTIFICATE.',
  HANDOVER_NOT_FOUND: 'List the handovers: mtls handover CERTIFICATE --list.',
  TOO_MANY_HANDOVERS: 'Revoke one: mtls handover CERTIFICATE --revoke ID. The ids: mtls handover CERTIFICATE --list.',
  URL_VALIDATION_FAILED: 'To map it without a call, leave --validate-url out.',
  MAPPING_NOT_FOUND: 'List the mappings: mtls mappings list.',
  MAPPING_NAME_TAKEN: 'Give another --name. The names in use: mtls mappings list.',
  MAPPING_ALREADY_EXISTS: 'Find that mapping by mtls mappings list, and change it: mtls mappings edit MAPPING.',
  MAPPING_TRUST_UNKNOWN: 'List the trust lists: mtls trusts list. To make one: mtls trusts set NAME FILE.',
  TRUST_NOT_FOUND: 'List the trust lists: mtls trusts list.',
  TRUST_IN_USE: 'First mtls mappings edit MAPPING --trust OTHER, or --remove-target-trust.',
  TOO_MANY_TRUSTS: 'Delete one that no mapping uses: mtls trusts list, mtls trusts delete NAME.',
  TARGET_SECRET_NEEDED: 'Give the secret again: --oauth2-secret-file FILE, or --target-header-file NAME=FILE.',
  MAPPING_WITHOUT_TOKEN:
    'Say where its tokens come from: mtls mappings edit MAPPING --oauth2-token-url URL --oauth2-client-id ID.',
  TOKEN_ENDPOINT_UNREACHABLE: askForToken,
  TOKEN_ENDPOINT_REFUSED: askForToken,
  TOKEN_ENDPOINT_CLIENT_REFUSED: askForToken,
  TOKEN_ENDPOINT_MALFORMED: askForToken,
  TOKEN_ENDPOINT_NO_TOKEN: askForToken,
  TOKEN_ENDPOINT_TOKEN_TYPE: askForToken,
  MAPPING_DISABLED: 'Enable it: mtls mappings enable MAPPING.',
  CLIENT_CERTIFICATE_EXPIRED: 'Replace it: mtls rotate CERTIFICATE FILE.',
  CLIENT_KEY_MISSING: 'Upload it again: mtls upload FILE --replace CERTIFICATE.',
  NO_CERTIFICATE_FOR_CALL: 'See why: mtls explain. To map the url: mtls map.',
  NO_MAPPING_FOR_CALL: 'See why: mtls explain. To map the url: mtls map.',
  SERVICE_NAME_MISSING: 'Name the service: --service-name.',
  UNMAPPED_CALL: 'See why: mtls explain. To map the url: mtls map.',
  P12_PASSWORD_REQUIRED: 'Give the password: --password-file FILE, or MTLS_PASSWORD.',
  P12_WRONG_PASSWORD: 'Give another password: --password-file FILE, or MTLS_PASSWORD.',
  APP_KEY_NOT_FOUND: 'List the app keys: mtls app-keys list.',
  INVITATION_NOT_FOUND: 'List the invitations: mtls invitations list.',
  TOO_MANY_INVITATIONS: 'Revoke one: mtls invitations revoke ID. The ids: mtls invitations list.',
  APPROVAL_NOT_FOUND: 'List the requests: mtls approvals list.',
  APPROVAL_OWN:
    'Send another person the id: mtls approvals show ID. To take your request back: mtls approvals refuse ID.',
  APPROVAL_NOT_ALLOWED: 'See who may decide: mtls settings show.',
  APPROVAL_OUTDATED: 'Make the change again, as the account is now. To close this request: mtls approvals refuse ID.',
  APPROVAL_CLOSED: 'See what came of it: mtls approvals show ID. To ask again, make the change again.',
  NOTICE_NOT_FOUND: 'List who is told: mtls notices list.',
  WEBHOOK_NOT_FOUND: 'Set one: mtls settings set --webhook URL.',
  TARGET_REQUIRES_CLIENT_CERTIFICATE: 'See why none was presented: mtls explain. To map the url: mtls map.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: trustByMapping,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: trustByMapping,
  SELF_SIGNED_CERT_IN_CHAIN: trustByMapping,
  DEPTH_ZERO_SELF_SIGNED_CERT: trustByMapping,
  TARGET_LEGACY_RENEGOTIATION:
    'To call it all the same: mtls mappings edit MAPPING --tls-legacy-renegotiation. Which mapping the call uses: mtls explain.',
  TARGET_TLS_VERSION_UNSUPPORTED: tlsByMapping,
  TARGET_TLS_CIPHER_MISMATCH: tlsByMapping,
  TARGET_TLS_UNUSABLE: tlsByMapping,
}

/** Why a target was not reached says more than that it was not. */
export function hintOf({ transportCode, code }: ProblemDocument): string | undefined {
  return hintAt(transportCode) ?? hintAt(code)
}

/** What the user of `mtls test` or `mtls try` does where the call fails: no mapping is involved. */
export function hintOfTest(transportCode: string): string | undefined {
  if (transportCode === 'TARGET_LEGACY_RENEGOTIATION') return 'To call it all the same: --tls-legacy-renegotiation.'
  const hint = hintAt(transportCode)
  if (hint === tlsByMapping) return 'To change what is offered: --tls-min, --tls-max, --tls-ciphers, --tls-groups.'
  return hint === trustByMapping
    ? 'To look at that CA and trust it: mtls target-ca URL --pem > FILE, then --target-trust FILE.'
    : undefined
}

/** A service may send any name. */
function hintAt(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(hints, code) ? hints[code] : undefined
}
