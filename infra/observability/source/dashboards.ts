import { configApi } from './config-api.ts'
import { consoleDashboard } from './console.ts'
import type { Dashboard } from './dashboard.ts'
import { forwarder } from './forwarder.ts'
import { prober } from './prober.ts'
import { shares } from './shares.ts'
import { storeAndRedis } from './store-and-redis.ts'

export const dashboards: readonly Dashboard[] = [forwarder, configApi, prober, consoleDashboard, storeAndRedis, shares]
