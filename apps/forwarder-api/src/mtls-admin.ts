import 'reflect-metadata'
import { allCommands, main } from '@mtls-gateway/admin'
import { adminService } from './admin-service.ts'

await main(adminService, allCommands)
