/** What the process of a trial runs. */
import { answerTrial } from './trial-process.ts';

answerTrial();
