-- Links that lead somewhere: to an anchor that is there, or to an address that runs nothing.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local target = require 'target'

local schemes = { http = true, https = true, mailto = true, tel = true }
local said = {}

local function warn(id)
  if said[id] then return end
  said[id] = true
  io.stderr:write('reportgen: a link leads to #' .. id .. ', which is not there.\n')
end

-- A missing anchor would stop Typst, and mislead a reader.
function Pandoc(doc)
  local ids = target.ids(doc)
  return doc:walk {
    Link = function(link)
      local scheme = link.target:match('^%s*([%w+.-]+):')
      if scheme and not schemes[scheme:lower()] then return link.content end
      local id = link.target:match('^#(.+)$')
      if id and not ids[id] then
        warn(id)
        return link.content
      end
    end,
  }
end
