import { configApi } from './config-api.ts'
import type { Dashboard } from './dashboard.ts'
import { forwarder } from './forwarder.ts'
import { shares } from './shares.ts'
import { storeAndRedis } from './store-and-redis.ts'

export const dashboards: readonly Dashboard[] = [forwarder, configApi, storeAndRedis, shares]
