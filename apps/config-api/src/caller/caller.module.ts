import { Module } from '@nestjs/common'
import { CallerController } from './caller.controller.ts'

@Module({ controllers: [CallerController] })
export class CallerModule {}
