import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { serviceRoutes } from '../routes.ts'
import { service } from '../schemas/service.ts'
import { either } from './credentials.ts'

export const serviceOperations = operationsById(serviceRoutes, {
  listServices: {
    tag: 'services',
    summary: 'List the services that mappings can be for',
    credentials: either('mtls:read'),
    answers: {
      200: {
        description: 'Those of the deployment, the same for all accounts',
        json: z.array(service),
        example: [
          { id: '1', name: 'IDP' },
          { id: '2', name: 'WEBHOOKS' },
        ],
      },
    },
  },
})
