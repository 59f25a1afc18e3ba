/* What the noun calls its states and results. */
#include "services/services.h"

struct text service_result_text(enum service_result result)
{
    static const struct text texts[SERVICE_RESULTS] = {
        [SERVICE_DONE] = T("已完成", "Done"),
        [SERVICE_NOT_FOUND] = T("没有这项内容", "There is no such thing"),
        [SERVICE_THERE] = T("这项服务已有正在进行的批次", "A call for this service goes on already"),
        [SERVICE_NO_SCHOOL] =
            T("服务文件中的单位代码在名录里没有", "The file names an institution that the register does not have"),
        [SERVICE_EARLY] = T("还没有到时间", "It is not time yet"),
        [SERVICE_LATE] = T("时间已过", "The time for it is over"),
        [SERVICE_NOT_NOW] = T("这个批次现在的状态不能这样办理", "The call's state does not allow that now"),
        [SERVICE_NOT_YOURS] =
            T("这项服务不能为这个人报名", "This service cannot be applied for on behalf of that person"),
        [SERVICE_AGE] = T("年龄不在这项服务的范围内", "The child's age is outside what this service is for"),
        [SERVICE_NO_WISH] =
            T("请选择本批次的项目，同一项目不要选两次", "Choose what this call offers, each thing once"),
        [SERVICE_NO_WITNESS] =
            T("还没有见证人提交承诺，或没有人公开秘密", "No witness has committed, or none has opened a secret"),
        [SERVICE_WITNESSES] =
            T("还有见证人在公开秘密的时限内，请等待", "A witness who committed still has time to open the secret"),
        [SERVICE_BAD_HEX] = T("承诺应为 64 位十六进制数字，秘密应为 32 到 128 位",
                              "A commitment has 64 hexadecimal digits, a secret 32 to 128"),
        [SERVICE_NOT_MATCHING] = T("与当初的承诺不符", "It is not what the witness committed to"),
        [SERVICE_TWICE] = T("这位见证人已经提交过", "This witness has handed it in already"),
        [SERVICE_TAMPERED] =
            T("数据库与已公布的名单不一致，停止派位", "The rows no longer give the published list: nothing is drawn"),
        [SERVICE_OVERLAP] = T("与已确认的另一项时间重叠，请先放弃另一项",
                              "It overlaps with another confirmed place: give that one back first"),
        [SERVICE_GONE] = T("没有可以答复的名额：已答复、已递补或仍在候补",
                           "There is no place to answer for: answered before, passed on, or still waiting"),
        [SERVICE_NEEDS_REASON] = T("请写明原因", "Give the reason"),
        [SERVICE_NO_TOGETHER] =
            T("这项服务不能同去，或者人数太多", "This service has no entries together, or they are too many"),
        [SERVICE_SEX] = T("性别不符合这一组别", "This category is for the other sex"),
        [SERVICE_ENTERED] = T("这个人在这个批次里已经报过名（由家长，或按名单）",
                              "Entered in this call already, by the family or from a list"),
        [SERVICE_BAD_CODE] = T("接送码不对：请再核对，或写明由谁接走和原因",
                               "That is not the code of the day: look again, or say who collects and why"),
        [SERVICE_NOT_HERE] = T("这次没有记为到场，或已经接走", "Not noted as here, or handed over before"),
        [SERVICE_BAD_NEED] =
            T("请选好日子，结束时间要晚于开始时间", "Choose days, and an end that is after the beginning"),
        [SERVICE_LIST_WRONG] =
            T("名单里有问题，没有写入任何一行，请按提示改正后重新提交",
              "Lines of the list are wrong and none was taken over: mend them and send the list again"),
        [SERVICE_NOTHING_NOTED] =
            T("这次活动还没有开始，不能记出勤", "This session has not begun: attendance cannot be noted yet"),
    };
    return texts[result];
}

struct text call_state_name(struct str state)
{
    return str_is(state, "open")       ? T("报名", "Entries")
           : str_is(state, "closed")   ? T("已截止，待派位", "Closed, to be drawn")
           : str_is(state, "drawn")    ? T("已派位", "Drawn")
           : str_is(state, "finished") ? T("已结束", "Finished")
                                       : T("已取消", "Cancelled");
}
