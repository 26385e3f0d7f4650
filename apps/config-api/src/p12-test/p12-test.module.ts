import { Module } from '@nestjs/common'
import { P12TestController } from './p12-test.controller.ts'

@Module({ controllers: [P12TestController] })
export class P12TestModule {}
