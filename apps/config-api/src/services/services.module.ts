import { Module } from '@nestjs/common'
import { ServicesController } from './services.controller.ts'

@Module({ controllers: [ServicesController] })
export class ServicesModule {}
