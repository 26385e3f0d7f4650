import { operationsById } from '../operation.ts'
import { callerRoutes } from '../routes.ts'
import { caller } from '../schemas/caller.ts'
import { either } from './credentials.ts'

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
})
