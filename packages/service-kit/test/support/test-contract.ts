import { healthOperations, operationsById, type ServiceContract } from '@mtls-gateway/contract'
import { z } from 'zod'

const routes = {
  listThings: { method: 'GET', path: '/accounts/{accountId}/things' },
  makeThing: { method: 'POST', path: '/things' },
} as const
const thing = z.object({ name: z.string(), size: z.number() })

/** The contract of the test service: a few of its routes, which need no credentials here. */
export const testContract: ServiceContract = {
  name: 'test',
  version: '1.2.3',
  description: 'A service for tests',
  operations: {
    ...operationsById(routes, {
      listThings: {
        tag: 'things',
        summary: 'List things',
        credentials: { kinds: ['bearer', 'oauth1'], scope: 'mtls:read' },
        answers: { 200: { description: 'The things', json: z.array(thing) } },
      },
      makeThing: {
        tag: 'things',
        summary: 'Make a thing',
        credentials: 'none',
        body: { json: thing },
        answers: { 201: { description: 'The thing', json: thing } },
      },
    }),
    ...healthOperations,
  },
}
