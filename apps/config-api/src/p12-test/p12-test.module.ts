import { Module } from '@nestjs/common'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { P12TestController } from './p12-test.controller.ts'

@Module({ imports: [MappingsModule], controllers: [P12TestController] })
export class P12TestModule {}
