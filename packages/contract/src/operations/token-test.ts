import { operationsById } from '../operation.ts'
import { tokenTestRoutes } from '../routes.ts'
import { type TokenTest, tokenTest, tokenTestQuery } from '../schemas/token-test.ts'
import { either } from './credentials.ts'

const exampleTokenTest: TokenTest = {
  tokenUrl: 'https://auth.bank.example/token',
  presentedCertificate: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  durationMs: 84,
  tokenEndpoint: { status: 200 },
  token: { type: 'Bearer', lifetimeSeconds: 3_600, scope: 'payments', binding: 'presented-certificate' },
  explanation: 'The endpoint gave a token that is bound to the presented certificate.',
  error: null,
}

export const tokenTestOperations = operationsById(tokenTestRoutes, {
  testToken: {
    tag: 'check mapping',
    summary: 'Ask the token endpoint of a mapping for a token',
    description:
      'Exactly as a call would, also with the staged version of the certificate, before it is promoted. The token is not kept, and never told. An endpoint that refuses, or can not be reached, is an answer as well: see `error`.',
    credentials: either('mtls:write'),
    query: tokenTestQuery,
    answers: { 200: { description: 'What the endpoint said', json: tokenTest, example: exampleTokenTest } },
    problems: [
      'MAPPING_NOT_FOUND',
      'MAPPING_WITHOUT_TOKEN',
      'MAPPING_DISABLED',
      'CERTIFICATE_PENDING_SIGNATURE',
      'CERTIFICATE_VERSION_UNKNOWN',
      'CLIENT_CERTIFICATE_EXPIRED',
      'CLIENT_CERTIFICATE_NOT_YET_VALID',
      'CLIENT_KEY_MISSING',
      'STAGED_NOT_FOUND',
      'STAGED_PENDING',
      'TARGET_SECRET_MISSING',
      'SIGNATURE_CERTIFICATE_UNUSABLE',
      'SIGNING_KEY_MISSING',
      // The CA certificates of its targetTrust are missing.
      'TARGET_UNREACHABLE',
      'TOO_MANY_CALLS',
    ],
  },
})
