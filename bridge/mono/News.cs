// The events of one poll, in the order in which Lua gets them.
using System.Collections.Generic;

namespace SonoranBridge
{
    internal sealed class News
    {
        /// <summary>Answers that Lua wants to see, or that failed.</summary>
        public readonly List<object> Answers = new List<object>();

        /// <summary>The tickets of the others.</summary>
        public readonly List<object> Done = new List<object>();

        /// <summary>News of active units, as JSON texts.</summary>
        public readonly List<object> Units = new List<object>();

        /// <summary>Events of the CAD that Lua wants to see.</summary>
        public readonly List<object> Pushed = new List<object>();

        /// <summary>Lines for the console: a level, a text, and so on.</summary>
        public readonly List<object> Lines = new List<object>();

        /// <summary>Changes of the state: state, reason, the hub's, and so on.</summary>
        public readonly List<object> Changes = new List<object>();

        public bool Any
        {
            get { return Answers.Count + Done.Count + Units.Count + Pushed.Count + Lines.Count + Changes.Count > 0; }
        }
    }
}
