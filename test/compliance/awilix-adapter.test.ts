/** The adapter for awilix, case by case. */
import { describeContainerAdapter } from 'carillon/compliance';
import { AWILIX, awilixAdapter } from '../support/awilix-adapter.js';

describeContainerAdapter('awilix', awilixAdapter, AWILIX);
