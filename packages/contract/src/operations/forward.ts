import { z } from 'zod'
import { headerNames } from '../headers.ts'
import { operationsById } from '../operation.ts'
import { baseUrlRoutes, forwardRoutes, type Method } from '../routes.ts'

const ofEveryCall = {
  [headerNames.authorizationOverride]: { description: "The target's `Authorization`" },
  [headerNames.contentTypeOverride]: { description: "The target's `Content-Type`" },
} as const

const presentCertificate = {
  [headerNames.presentCertificate]: {
    description:
      '`sha256=` and the fingerprint of the version to present: the one in use, the staged one, or one that is promoted for some mappings. A call that falls under no mapping is refused as with `LP-stop-if-certificate-not-found`',
    pattern: '^[Ss][Hh][Aa]256=[0-9A-Fa-f]{64}$',
  },
} as const

const forwarded = {
  tag: 'forward',
  description:
    'Body and end-to-end header fields go to the target as they are, and its answer comes back as it is. An answer with `LP-answered-by: gateway` is the gateway’s own.',
  credentials: { kinds: ['oauth1'], scope: 'forward' },
  query: z.object({
    lp_hash: z.string().optional().meta({
      description:
        'base64url(SHA-256 of the `LP-*` header fields, sorted, each as lower-case `name:value\\n`): makes them part of the signature',
    }),
  }),
  headers: {
    [headerNames.forwardUrl]: { description: 'The target', required: true },
    [headerNames.serviceName]: {
      description: 'The service, by name or number; picks the mapping. Needed only where the url is mapped for several',
    },
    ...ofEveryCall,
    [headerNames.stopIfCertificateNotFound]: {
      description:
        '`true`: a call that no mapping is for is answered with 500 (400 with `COMPATIBILITY=liveperson`) instead of being forwarded',
      values: ['true', 'false'],
    },
    ...presentCertificate,
  },
  answers: { 200: { description: 'What the target answered, with its status' } },
  problems: [
    'DUPLICATE_HEADER',
    'SERVICE_NAME_MISSING',
    'SERVICE_NOT_ALLOWED',
    'TARGET_URL_MISSING',
    'TARGET_URL_NOT_CANONICAL',
    'TARGET_URL_NOT_HTTPS',
    'UNKNOWN_SERVICE',
    'VALIDATION_FAILED',
    'BODY_TOO_LARGE',
    'BODY_TOO_SLOW',
    'TOO_MANY_BODIES',
    'LP_HASH_MISSING',
    'LP_HASH_MISMATCH',
    'OAUTH_BODY_HASH_MISSING',
    'MAPPING_DISABLED',
    'CLIENT_CERTIFICATE_EXPIRED',
    'CLIENT_CERTIFICATE_NOT_YET_VALID',
    'CERTIFICATE_PENDING_SIGNATURE',
    'CERTIFICATE_VERSION_UNKNOWN',
    'CLIENT_KEY_MISSING',
    'TARGET_SECRET_MISSING',
    'SIGNATURE_BODY_TOO_LARGE',
    'SIGNATURE_HEADER_MISSING',
    'SIGNATURE_KEY_UNFIT',
    'SIGNATURE_CERTIFICATE_UNUSABLE',
    'SIGNING_KEY_MISSING',
    'TOKEN_ENDPOINT_UNREACHABLE',
    'TOKEN_ENDPOINT_REFUSED',
    'TOKEN_ENDPOINT_CLIENT_REFUSED',
    'TOKEN_ENDPOINT_MALFORMED',
    'TOKEN_ENDPOINT_NO_TOKEN',
    'TOKEN_ENDPOINT_TOKEN_TYPE',
    'NO_CERTIFICATE_FOR_CALL',
    'NO_MAPPING_FOR_CALL',
    'UNMAPPED_CALL',
    'TOO_MANY_CALLS',
    'TARGET_CIRCUIT_OPEN',
    'TARGET_UNREACHABLE',
  ],
  forwards: true,
} as const

/** What a call by base url may be refused by: its target is in the path, and it never goes out unmapped. */
const ofHeaders = ['TARGET_URL_MISSING', 'SERVICE_NAME_MISSING', 'UNMAPPED_CALL']

const forwardedTo = {
  ...forwarded,
  description:
    'For clients that take a base url: `/mtls/account/{accountId}/to/{mappingId}` stands for the url of the mapping, without its `*`, and what follows is appended to it, slashes and query included. Nothing outside of the url of the mapping can be reached. A `Location` inside of it becomes one of the gateway. Otherwise as a call by `LP-forward-url` with `LP-stop-if-certificate-not-found: true`.',
  headers: {
    [headerNames.serviceName]: { description: 'The service of the mapping, by name or number, or none' },
    ...ofEveryCall,
    ...presentCertificate,
  },
  problems: [...forwarded.problems.filter((code) => !ofHeaders.includes(code)), 'MAPPING_NOT_FOUND', 'NOT_A_BASE_URL'],
} as const

function forward(method: Method) {
  return { ...forwarded, summary: `Forward a ${method} request` }
}

function forwardWithBody(method: Method) {
  return { ...forward(method), body: { any: true, required: false } } as const
}

export const forwardOperations = operationsById(forwardRoutes, {
  forwardGet: forward('GET'),
  forwardHead: forward('HEAD'),
  forwardPost: forwardWithBody('POST'),
  forwardPut: forwardWithBody('PUT'),
  forwardPatch: forwardWithBody('PATCH'),
  forwardDelete: forwardWithBody('DELETE'),
})

function forwardTo(method: Method) {
  return { ...forwardedTo, summary: `Forward a ${method} request below the url of a mapping` }
}

function forwardToWithBody(method: Method) {
  return { ...forwardTo(method), body: { any: true, required: false } } as const
}

export const baseUrlOperations = operationsById(baseUrlRoutes, {
  forwardGetTo: forwardTo('GET'),
  forwardHeadTo: forwardTo('HEAD'),
  forwardPostTo: forwardToWithBody('POST'),
  forwardPutTo: forwardToWithBody('PUT'),
  forwardPatchTo: forwardToWithBody('PATCH'),
  forwardDeleteTo: forwardToWithBody('DELETE'),
})
