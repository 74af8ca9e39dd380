/** The adapter for tsyringe, case by case. */
import { describeContainerAdapter } from 'carillon/compliance';
import { TSYRINGE, tsyringeAdapter } from '../support/tsyringe-adapter.js';

describeContainerAdapter('tsyringe', tsyringeAdapter, TSYRINGE);
