import { pageData } from "../shared/pageData";
import { mount } from "../shared/ui/mount";
import { ComparePage } from "./ComparePage";
import "./compare.css";

mount("compare", () => <ComparePage limit={pageData<{ limit: number }>().limit} />);
