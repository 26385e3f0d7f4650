import { operationsById } from '../operation.ts'
import { acmeRoutes } from '../routes.ts'

export const acmeOperations = operationsById(acmeRoutes, {
  answerAcmeChallenge: {
    tag: 'renewal',
    summary: 'Prove a name to a CA that speaks ACME',
    description:
      'Without credentials: what a CA asks for on port 80 of a name that it is to sign (http-01 of RFC 8555).',
    credentials: 'none',
    answers: { 200: { description: "The token and the account key's thumbprint", text: ['text/plain'] } },
    problems: ['NOT_FOUND'],
  },
})
