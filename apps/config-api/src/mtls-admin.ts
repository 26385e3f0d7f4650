import 'reflect-metadata'
import { main } from '@mtls-gateway/admin'
import { adminService } from './admin-service.ts'

await main(adminService)
