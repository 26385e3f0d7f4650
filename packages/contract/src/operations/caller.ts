import { operationsById } from '../operation.ts'
import { callerRoutes } from '../routes.ts'
import { caller } from '../schemas/caller.ts'
import { exampleTokenIssuers, tokenIssuers } from '../schemas/token-issuers.ts'
import { bearer, either } from './credentials.ts'

export const callerOperations = operationsById(callerRoutes, {
  whoAmI: {
    tag: 'caller',
    summary: 'Get what the credentials of the request are good for',
    credentials: either('any'),
    answers: {
      200: {
        description: 'Whose they are, for which accounts and scopes, and until when',
        json: caller,
        example: {
          subject: 'https://issuer.example#alice',
          kind: 'bearer',
          accounts: ['le123'],
          scopes: ['mtls:read', 'mtls:write'],
          expiresAt: '2026-02-01T09:30:00.000Z',
        },
      },
    },
  },
  listTokenIssuers: {
    tag: 'caller',
    summary: 'List whose Bearer tokens are accepted, and what the rules of the operator give them',
    description: 'For operators: only credentials for all accounts (`*`) are accepted.',
    credentials: bearer('mtls:admin'),
    answers: {
      200: {
        description: 'The issuers, their rules, and how fetching their public keys went',
        json: tokenIssuers,
        example: exampleTokenIssuers,
      },
    },
    problems: ['WRONG_ACCOUNT'],
  },
})
