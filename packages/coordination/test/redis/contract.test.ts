import { afterAll, beforeAll } from '@jest/globals'
import { type RedisServer, startRedisServer } from '@mtls-gateway/test-kit'
import { openRedisCoordination } from '../../src/redis/open.ts'
import { coordinationContract } from '../contract/coordination-contract.ts'
import { describeRedis } from './redis-here.ts'

describeRedis('on one server', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedisServer()
  })
  afterAll(() => server.stop())

  // Not about deadlines: a busy machine must not look like an outage.
  coordinationContract('redis', () => openRedisCoordination({ urls: [server.url], deadlineMs: 5_000 }))
})
